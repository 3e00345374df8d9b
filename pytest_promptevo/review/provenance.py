"""Where the figures of a suite come from, in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.lock import Search
from pytest_promptevo.review.numbers import short_digest
from pytest_promptevo.review.pieces import Foreign

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.review.evidence import Evidence
    from pytest_promptevo.review.model import SuiteChange
    from pytest_promptevo.review.pieces import Piece, Told

_MOST_TEXTS = 5


def provenance(change: SuiteChange) -> Told:
    """Returns how the genome was found, by what it was tested, and what served it."""
    told: list[Piece] = []
    for part in _parts(change):
        told += [" · " if told else "", *part]
    return tuple(piece for piece in told if piece != "")


def _parts(change: SuiteChange) -> Iterator[Told]:
    entry = change.entries[1]
    if entry is None:
        return
    if isinstance(entry.search, Search):
        found = entry.search
        yield ("search ", Foreign(found.strategy), f", seed {found.seed}, {found.calls:,} calls")
    else:
        yield ("no search: ", Foreign(entry.search))
    if change.evidence is not None and change.is_relocked and not change.has_same_answers:
        yield (_test(change.evidence, change.tested),)
    model = entry.models.get(entry.genome.get("model", ""))
    if model is not None:
        yield (Foreign(model.reference), " ", Foreign(short_digest(model.digest)))
    for name, text in list(entry.texts.items())[:_MOST_TEXTS]:
        yield (Foreign(name), " by ", Foreign(text.told))
    if (more := len(entry.texts) - _MOST_TEXTS) > 0:
        yield (f"{more} more texts that a search has made",)
    if entry.recordings:
        yield ("recordings ", Foreign(short_digest(entry.recordings)))
    if entry.quality is None:
        yield ("a lock of version 1, which knows failures and no qualities",)


def _test(evidence: Evidence, tested: int) -> str:
    if evidence.by == "none":
        return "no test"
    what = "the search never saw" if evidence.by == "search" else "of both ends"
    least = "none that it could have seen"
    if evidence.detectable is not None:
        kind = "difference" if evidence.by == "search" else "fall"
        least = f"the smallest {kind} that it could have seen {evidence.detectable:.2f}"
    return f"paired test of {evidence.of} on {tested} examples {what}, {least}"
