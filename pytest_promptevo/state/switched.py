"""What somebody has switched: off, on or paused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.state.records import ALL_SUITES

if TYPE_CHECKING:
    from pytest_promptevo.state.sql_state import SqlState

_SWITCHES = "SELECT suite, mode, who, why, at FROM promptevo_switch WHERE suite = ? OR suite = ?"


@dataclass(frozen=True)
class Switch:
    """What somebody has switched.

    Attributes:
        suite: Name of the suite; empty: of all.
        mode: What holds since.
        who: Who it was.
        why: What they said.
        at: When, in seconds since 1970.
    """

    suite: str
    mode: str
    who: str
    why: str
    at: float


def read_switches(state: SqlState, suite: str) -> tuple[Switch, ...]:
    """Returns what was switched for a suite, and for all suites.

    Raises:
        StateError: if the store cannot be used.
    """
    with state.reading() as session:
        rows = session.rows(_SWITCHES, (suite, ALL_SUITES))
    return tuple(
        Switch(str(of), str(mode), str(who), str(why), seconds(at))
        for of, mode, who, why, at in rows
    )


def seconds(at: Any) -> float:
    """Returns a time of a store, which may hold anything, in seconds since 1970; 0: none."""
    return float(at) if isinstance(at, (int, float)) else 0.0
