"""What the demo's traffic showed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

SHOWN = 800
"""Requests of a row of the table of shares."""


@dataclass
class Window:
    """What a number of requests got.

    Attributes:
        upto: Number of the last of them.
        stage: The most that candidates get together, at their end.
        chosen: Name of an arm to its requests.
        quality: Sum of qualities.
    """

    upto: int
    stage: str = ""
    chosen: Counter[str] = field(default_factory=Counter)
    quality: float = 0.0


@dataclass
class Told:
    """What traffic showed.

    Attributes:
        windows: A row for every so many requests.
        lines: What happened, in order.
        rewards: Name of an arm to the rewards that its outcomes had.
        posteriors: Name of an arm to alpha and beta.
        spoiled: Name of the candidate that turned bad.
        locked_while_lost: Requests while the store was gone, all answered by the locked genome.
        spooled: Outcomes that waited for the store, and are in it now.
        switched_after: Seconds until the kill switch was obeyed.
        outcomes: Outcomes in the store's log in the end.
    """

    windows: list[Window] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    rewards: dict[str, list[float]] = field(default_factory=dict)
    posteriors: dict[str, tuple[float, float]] = field(default_factory=dict)
    spoiled: str = ""
    locked_while_lost: int = 0
    spooled: int = 0
    switched_after: float = 0.0
    outcomes: int = 0
