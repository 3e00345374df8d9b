"""The word of a suite, and what a change of it may be refused for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.lock import Confirmed, Search
from pytest_promptevo.review.words import Condition, Word

if TYPE_CHECKING:
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.review.ends import End
    from pytest_promptevo.review.evidence import Evidence
    from pytest_promptevo.review.flips import Flips
    from pytest_promptevo.review.model import Weights
    from pytest_promptevo.review.staleness import Staleness


def lost_evidence(old: Entry | None, new: Entry | None) -> bool:
    """Whether a genome stays that was confirmed, and its confirmation is gone."""
    if old is None or new is None or old.genome != new.genome:
        return False
    return _is_confirmed(old) and not _is_confirmed(new)


def _is_confirmed(entry: Entry) -> bool:
    if not isinstance(entry.search, Search):
        return False
    test = entry.search.confirmed
    return isinstance(test, Confirmed) and test.verdict == "confirmed"


def _is_better(evidence: Evidence | None) -> bool:
    return evidence is not None and evidence.verdict == "better"


def conditions_of(
    before: End | None,
    after: End | None,
    evidence: Evidence | None,
    flips: Flips,
    stale: Staleness,
    weights: Weights | None,
    *,
    is_laxer: bool = False,
) -> frozenset[Condition]:
    """Returns what a change may be refused for.

    Args:
        before: The suite at the old end, or None.
        after: The suite at the new end, or None.
        evidence: What speaks for the change, or against it.
        flips: The examples that stand otherwise.
        stale: How the new end's lock entry stands to its suite.
        weights: The model that has other weights, if the genome's has.
        is_laxer: Whether more may pass than before, for what is asked of the suite changed.
    """
    found = set[Condition]()
    old, new = (before.entry if before else None), (after.entry if after else None)
    is_worse = evidence is not None and evidence.verdict == "worse"
    if is_worse or (flips.of("fails now") and not _is_better(evidence)):
        found.add(Condition.REGRESSED)
    if stale.is_stale:
        found.add(Condition.STALE)
    if _is_unconfirmed(old, new, evidence):
        found.add(Condition.UNCONFIRMED)
    if weights is not None:
        found.add(Condition.WEIGHTS)
    is_gone = after is None or (after.suite is None and before and before.suite is not None)
    if is_gone or (old is not None and new is None):
        found.add(Condition.REMOVED)
    if is_laxer:
        found.add(Condition.LAXER)
    return frozenset(found)


def _is_unconfirmed(old: Entry | None, new: Entry | None, evidence: Evidence | None) -> bool:
    if new is None:
        return False
    if lost_evidence(old, new):
        return True
    if evidence is not None and evidence.by == "search":
        return not _is_better(evidence)
    return old is not None and old.genome != new.genome and not _is_better(evidence)


def word_of(
    before: End | None,
    after: End | None,
    evidence: Evidence | None,
    flips: Flips,
    conditions: frozenset[Condition],
) -> Word:
    """Returns what happened to a suite in a word; takes what `conditions_of` takes and returns."""
    if Condition.REMOVED in conditions:
        return Word.REMOVED
    if evidence is not None and evidence.verdict == "worse":
        return Word.WORSE
    if Condition.STALE in conditions:
        return Word.STALE
    if evidence is None:
        return Word.NEW if before is None or (after and after.entry) else Word.INCONCLUSIVE
    if Condition.WEIGHTS in conditions and evidence.by != "search":
        return Word.WEIGHTS
    if before is None:
        return Word.NEW
    if evidence.verdict == "better":
        return Word.BETTER
    return Word.REGRESSED if flips.of("fails now") else Word.INCONCLUSIVE
