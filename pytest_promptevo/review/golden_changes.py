"""Which golden examples a change edits, adds and takes out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.prompt import Example
    from pytest_promptevo.review.ends import End


@dataclass(frozen=True)
class GoldenChanges:
    """Ids of golden examples.

    Attributes:
        edited: Those that both ends have, and that are not the same.
        new: Those of the new end alone.
        removed: Those of the old end alone.
        renamed: New id to old id of those that have the same inputs under another id; they are
            neither new nor removed.
        held_out: Those of the edited and removed ones that the lock's search never saw: what
            they show is taken out of the evidence, or judged otherwise.
    """

    edited: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    held_out: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether there are any."""
        return bool(self.edited or self.new or self.removed or self.renamed)


def golden_changes(before: End | None, after: End | None) -> GoldenChanges:
    """Returns what changed between the golden files of two ends; nothing where one has none."""
    if before is None or after is None or before.suite is None or after.suite is None:
        return GoldenChanges()
    old, new = before.suite.by_id, after.suite.by_id
    renamed = _renamed(old, new)
    then = {name: old[renamed.get(name, name)] for name in new if name in old or name in renamed}
    edited = [name for name in then if _content(then[name]) != _content(new[name])]
    removed = [name for name in old if name not in new and name not in renamed.values()]
    known = {
        name
        for entry in (before.entry, after.entry)
        if entry is not None and entry.held_out is not None
        for name in entry.held_out.ids
    }
    return GoldenChanges(
        tuple(edited),
        tuple(name for name in new if name not in then),
        tuple(removed),
        frozenset(name for name in (*edited, *removed) if known & {name, renamed.get(name)}),
        renamed,
    )


def _renamed(old: Mapping[str, Example], new: Mapping[str, Example]) -> dict[str, str]:
    """Returns new id to old id of examples whose inputs have stayed."""
    gone: dict[str, list[str]] = {}
    for name in old:
        if name not in new:
            gone.setdefault(canonical_json(old[name].inputs), []).append(name)
    renamed = {}
    for name in new:
        if name not in old and (names := gone.get(canonical_json(new[name].inputs))):
            renamed[name] = names.pop(0)
    return renamed


def _content(example: Example) -> dict[str, object]:
    return example.content() | {"id": ""}
