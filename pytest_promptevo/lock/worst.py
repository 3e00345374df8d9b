"""What is known to have failed of held-out examples stays known: of several qualities the worst."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_promptevo.lock.candidate import Candidate
    from pytest_promptevo.lock.entry import Entry
    from pytest_promptevo.lock.parts import HeldOut


def worst(qualities: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Returns digest to quality, sorted; of several qualities of one digest the worst."""
    found: dict[str, float] = {}
    for digest, quality in sorted(qualities):
        found.setdefault(digest, quality)
    return found


def with_worst(entry: Entry, other: Entry) -> Entry:
    """Returns an entry with what another version of it knows to have failed, where it is worse.

    What fails on one side of a merge is not excused by a side that has not seen it. It is told by
    the digests that the entry itself has.

    Args:
        entry: The entry.
        other: That of the other side.
    """
    changed: dict[str, object] = {}
    if entry.held_out and other.held_out:
        own, its = entry.held_out.failing, other.held_out.failing.items()
        failing = _both(entry.held_out, own, its)
        changed["held_out"] = entry.held_out.model_copy(update={"failing": failing})
    if held_out := entry.candidates_held_out:
        changed["candidates"] = [_candidate(each, other, held_out) for each in entry.candidates]
    return entry.model_copy(update=changed)


def _candidate(candidate: Candidate, other: Entry, held_out: HeldOut) -> Candidate:
    same = [each.failing for each in other.candidates if each.genome == candidate.genome]
    its = (pair for failing in same for pair in failing.items())
    return candidate.model_copy(update={"failing": _both(held_out, candidate.failing, its)})


def _both(
    held_out: HeldOut, own: Mapping[str, float], other: Iterable[tuple[str, float]]
) -> dict[str, float]:
    there = set((held_out.exact or held_out.inputs).split())
    return worst([*own.items(), *(pair for pair in other if pair[0] in there)])
