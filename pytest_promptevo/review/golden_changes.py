"""Which golden examples a change edits, adds and takes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_promptevo.review.ends import End


@dataclass(frozen=True)
class GoldenChanges:
    """Ids of golden examples.

    Attributes:
        edited: Those that both ends have, and that are not the same.
        new: Those of the new end alone.
        removed: Those of the old end alone.
        held_out: Those of the edited and removed ones that the lock's search never saw: what
            they show is taken out of the evidence, or judged otherwise.
    """

    edited: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    held_out: frozenset[str] = frozenset()

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.edited or self.new or self.removed)


def golden_changes(before: End | None, after: End | None) -> GoldenChanges:
    """Returns what changed between the golden files of two ends; nothing where one has none."""
    if before is None or after is None or before.suite is None or after.suite is None:
        return GoldenChanges()
    old, new = before.suite.by_id, after.suite.by_id
    edited = [
        name for name in new if name in old and old[name].fingerprint != new[name].fingerprint
    ]
    removed = [name for name in old if name not in new]
    known = {
        name
        for entry in (before.entry, after.entry)
        if entry is not None and entry.held_out is not None
        for name in entry.held_out.ids
    }
    return GoldenChanges(
        tuple(edited),
        tuple(name for name in new if name not in old),
        tuple(removed),
        frozenset(known.intersection([*edited, *removed])),
    )
