"""Figures before and after, and the limits that they break."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.fitness import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.lock.parts import Mean, SuiteFigures
    from pytest_promptevo.suite import Suite


@dataclass(frozen=True)
class Figure:
    """A figure at both ends.

    Attributes:
        name: ``fitness``, an objective, or ``latency p95``.
        before: Its mean and interval before; None if that is not known.
        after: After.
        limits: The limits that it breaks after the change, a phrase each.
    """

    name: str
    before: Mean | float | None
    after: Mean | float | None
    limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figures:
    """The figures of a suite at both ends.

    Attributes:
        rows: The figures.
        n: How many examples they are of, before and after; None if that is not known.
        are_unseen: Whether the search never saw these examples.
    """

    rows: tuple[Figure, ...]
    n: tuple[int | None, int | None]
    are_unseen: bool

    @property
    def broken(self) -> list[Figure]:
        """The figures that break a limit."""
        return [row for row in self.rows if row.limits]


def figures_of(
    before: Entry | None, after: Entry | None, suite: Suite | None, *, is_searched: bool
) -> Figures:
    """Returns the figures at both ends.

    Args:
        before: The entry before.
        after: The entry after.
        suite: The suite after, which has the limits.
        is_searched: Whether a new search has found the genome: then those count that the lock
            has of both genomes on the examples which it never saw.
    """
    held = after.held_out if after and is_searched else None
    old: SuiteFigures | None
    new: SuiteFigures | None
    if held is not None and held.before is not None and held.after is not None:
        old, new = held.before, held.after
    else:
        old = before.figures.get("after") if before else None
        new = after.figures.get("after") if after else None
        if before is None and after is not None:
            old = after.figures.get("before")
    is_unseen = held is not None and new is held.after
    counts = (old.n if old else None, new.n if new else None)
    return Figures(tuple(_rows(old, new, suite)), counts, is_unseen)


def _rows(
    old: SuiteFigures | None, new: SuiteFigures | None, suite: Suite | None
) -> Iterator[Figure]:
    threshold = suite.threshold if suite else None
    for name in ("fitness", *NAMES):
        before, after = (getattr(side, name) if side else None for side in (old, new))
        broken = list(_broken(name, after.mean if after else None, suite))
        if name == "fitness" and after and threshold is not None and after.mean < threshold:
            broken = [f"below the threshold {threshold:g}"]
        yield Figure(name, before, after, tuple(broken))
        if name == "latency_ms":
            was, now = (side.latency_p95 if side else None for side in (old, new))
            limit = suite.objectives.limits.get(name) if suite else None
            most = limit.p95_max if limit else None
            is_slow = most is not None and now is not None and now > most
            yield Figure(
                "latency p95", was, now, (f"over the limit of {most:g}",) if is_slow else ()
            )


def _broken(name: str, mean: float | None, suite: Suite | None) -> Iterator[str]:
    limit = suite.objectives.limits.get(name) if suite else None
    if limit is None or mean is None:
        return
    if limit.min is not None and mean < limit.min:
        yield f"below the limit of {limit.min:g}"
    if limit.max is not None and mean > limit.max:
        yield f"over the limit of {limit.max:g}"
