"""From the two ends of a change to what it does to each suite."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError, shown_path
from pytest_promptevo.review.ends import ends_of, pairs_of
from pytest_promptevo.review.evidence import Evidence, of_all, of_search, searched
from pytest_promptevo.review.figures import figures_of
from pytest_promptevo.review.flips import Flips, flips_of
from pytest_promptevo.review.gate_changes import gate_changes, model_changes, scored_otherwise
from pytest_promptevo.review.golden_changes import golden_changes
from pytest_promptevo.review.model import Review, SuiteChange, Weights
from pytest_promptevo.review.outcomes import Outcomes, outcomes_of
from pytest_promptevo.review.prompts import prompt_change
from pytest_promptevo.review.staleness import Staleness, staleness_of
from pytest_promptevo.review.tags import tag_rows
from pytest_promptevo.review.verdict import conditions_of, lost_evidence, word_of
from pytest_promptevo.review.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pytest_promptevo.errors import InputError
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.review.ends import End
    from pytest_promptevo.review.golden_changes import GoldenChanges
    from pytest_promptevo.review.trees import Tree


def review(before: Tree, after: Tree, places: Sequence[Path] = ()) -> Review:
    """Returns what happens to each suite between two trees. Nothing of either is run.

    What cannot be read at the old end is as if it was not there, and told; so is what cannot be
    read at either end, as the change has not broken it.

    Args:
        before: The old end.
        after: The new end.
        places: Folders and suite files that are looked at, absolute; everything if empty.

    Raises:
        InputError: if a suite or a lock of the new end alone cannot be read.
        SettingsError: if there is no such place at either end.
    """
    for place in places:
        if not any(tree.is_file(place) or tree.is_folder(place) for tree in (before, after)):
            raise SettingsError(f"{shown_path(place)}: no such file or folder at either end")
    unreadable: list[InputError] = []
    broken: list[InputError] = []
    old = ends_of(before, places, unreadable.append)
    new = ends_of(after, places, broken.append)
    known = {str(exc) for exc in unreadable}
    for exc in broken:
        if str(exc) not in known:
            raise exc
    changed, total = [], 0
    for one, other in pairs_of(old, new):
        total += 1
        stale = staleness_of(other, after, one) if other else Staleness()
        was_stale = staleness_of(one, before, other) if one else Staleness()
        if not _is_unchanged(one, other, stale, was_stale):
            changed.append(suite_change(one, other, stale))
    order = list(Word)
    changed = _told_apart(changed)
    changed.sort(key=lambda change: (order.index(change.word), change.name))
    return Review(
        before.label,
        after.label,
        tuple(changed),
        total,
        _told(exc for exc in unreadable if str(exc) not in map(str, broken)),
        _told(broken),
    )


def _told(errors: Iterable[InputError]) -> tuple[str, ...]:
    return tuple(str(exc).partition("\n")[0] for exc in errors)


def _told_apart(changes: list[SuiteChange]) -> list[SuiteChange]:
    """Returns suites of several locks that have one name with the folders of their locks."""
    counts = Counter(change.name for change in changes)
    return [
        replace(change, name=f"{change.folder}/{change.name}")
        if counts[change.name] > 1 and change.folder != "."
        else change
        for change in changes
    ]


def suite_change(before: End | None, after: End | None, stale: Staleness) -> SuiteChange:
    """Returns what happens to a suite.

    Args:
        before: The suite at the old end, or None.
        after: The suite at the new end, or None.
        stale: How the new end's lock entry stands to its suite.
    """
    name = after.name if after else before.name if before else ""
    entries = (before.entry if before else None, after.entry if after else None)
    golden = golden_changes(before, after)
    outcomes = _outcomes(before, after, golden)
    evidence, tested = _evidence(before, after, outcomes)
    flips = flips_of(*outcomes) if outcomes[0] and outcomes[1] else Flips()  # type: ignore[arg-type]
    weights = _weights(*entries)
    gate = gate_changes(before, after)
    is_laxer = any(each.is_laxer for each in gate) or flips.judged_better > 0
    is_laxer = is_laxer or bool(golden.edited or golden.removed)
    settings = [each.told for each in gate]
    if before and after:
        settings += model_changes(before, after)
    conditions = conditions_of(before, after, evidence, flips, stale, weights, is_laxer=is_laxer)
    is_searched = after is not None and entries[1] is not None
    return SuiteChange(
        name=name,
        folder=_folder(after or before),
        word=word_of(before, after, evidence, flips, conditions),
        conditions=conditions,
        entries=entries,
        outcomes=outcomes,
        evidence=evidence,
        tested=tested,
        figures=figures_of(
            *entries,
            after.suite if after else None,
            is_searched=is_searched and evidence is not None and evidence.by == "search",
        ),
        flips=flips,
        prompt=prompt_change(before, after),
        golden=golden,
        staleness=stale,
        weights=weights,
        tags=tag_rows(*outcomes) if outcomes[0] and outcomes[1] else (),  # type: ignore[arg-type]
        settings=tuple(settings),
        lost_evidence=lost_evidence(*entries),
        is_suite_gone=after is None or after.suite is None,
        is_suite_new=before is None or (before.suite is None and before.entry is None),
    )


def _folder(end: End | None) -> str:
    return shown_path(end.lock.parent) if end else ""


def _outcomes(
    before: End | None, after: End | None, golden: GoldenChanges
) -> tuple[Outcomes | None, Outcomes | None]:
    old, new = outcomes_of(before) if before else None, outcomes_of(after) if after else None
    if old is not None and new is not None and golden.renamed:
        old = old.under_new_ids(golden.renamed, new)
    return old, new


def _evidence(
    before: End | None, after: End | None, outcomes: tuple[Outcomes | None, Outcomes | None]
) -> tuple[Evidence | None, int]:
    old, new = outcomes
    if after is None or new is None:
        return None, 0
    if search := searched(before, new.entry):
        found = of_search(before, new.entry, search)
        return found, new.entry.held_out.after.n if _has_after(new.entry) else found.n  # type: ignore[union-attr]
    if before is None or old is None:
        return None, 0
    return of_all(old, new, after.suite, scored_otherwise(before, after))


def _has_after(entry: Entry) -> bool:
    return entry.held_out is not None and entry.held_out.after is not None


def _weights(old: Entry | None, new: Entry | None) -> Weights | None:
    if old is None or new is None:
        return None
    then = old.models.get(old.genome.get("model", ""))
    now = new.models.get(new.genome.get("model", ""))
    if then is None or now is None or then.reference != now.reference or then.digest == now.digest:
        return None
    return Weights(now.reference, then.digest, now.digest)


def _is_unchanged(
    before: End | None, after: End | None, stale: Staleness, was_stale: Staleness
) -> bool:
    if before is None or after is None:
        return False
    old = before.suite.fingerprints if before.suite else None
    new = after.suite.fingerprints if after.suite else None
    return (
        (before.entry, before.committed.digest, old, bool(before.damage))
        == (after.entry, after.committed.digest, new, bool(after.damage))
        and (was_stale.changed, was_stale.foreign) == (stale.changed, stale.foreign)
        and not gate_changes(before, after)
    )
