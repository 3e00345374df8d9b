"""What is told of a suite on top: the word, all counts, what the test says, what to do."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted
from pytest_promptevo.review.numbers import gain, middle, number, p_value, short_digest
from pytest_promptevo.review.pieces import Foreign, listed, strong
from pytest_promptevo.review.words import Condition, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.review.evidence import Evidence
    from pytest_promptevo.review.model import SuiteChange
    from pytest_promptevo.review.pieces import Piece, Strong, Told

_MOST_NAMED = 5


def alert(change: SuiteChange) -> Told:
    """Returns what is told of a suite on top, as one sequence of sentences."""
    told: list[Piece] = [lead(change)]
    for sentence in _sentences(change):
        told += [" ", *sentence]
    return tuple(told)


def lead(change: SuiteChange) -> Strong:
    """Returns the first words: which suite, and in a word what happened to it."""
    return strong(Foreign(change.name), f": {_happened(change)}.")


def _happened(change: SuiteChange) -> str:
    word = change.word.value
    if change.word is Word.REGRESSED:
        count = len(change.flips.of("fails now"))
        if count == 1:
            told = "1 example that passed now fails, and this change adds it to the known failures"
        else:
            told = f"{count} examples that passed now fail, and this change adds them to the known "
            told += "failures"
        return f"{word}: {told}"
    if change.word is Word.STALE:
        is_about_code = change.staleness.changed
        told = "the evidence is not about this code" if is_about_code else "other recordings"
        return f"{word}: {told}"
    if change.word is Word.INCONCLUSIVE and change.has_same_answers:
        if any(turn.is_changed for turn in change.prompt.turns):
            return f"{word}: the prompt's text changed; the genes and all answers are as before"
        return f"{word}: the genome and its answers are as before"
    return f"{word} under the same name" if change.word is Word.WEIGHTS else word


def _sentences(change: SuiteChange) -> Iterator[Told]:
    if change.word is Word.REMOVED:
        yield from _of_removed(change)
        return
    yield from chain(
        _of_weights(change), _of_staleness(change), _of_golden(change), _of_entry(change)
    )
    if change.is_relocked:
        if not change.has_same_answers:
            yield from _of_flips(change)
        yield from _of_new(change)
        if not change.has_same_answers:
            yield from _of_evidence(change)
    yield from chain(_of_limits(change), _of_confirmation(change), change.settings)


def _of_removed(change: SuiteChange) -> Iterator[Told]:
    before = change.outcomes[0]
    if before is not None and before.by_id:
        examples = counted(len(before.by_id), "example")
        yield (f"{examples}, of which {before.passed} passed, are no longer tested.",)
    if not change.is_suite_gone:
        yield ("The suite's file is still there, its lock entry is not.",)
    elif change.entries[1] is not None:
        yield ("The suite's file is gone, its lock entry is still there.",)


def _of_weights(change: SuiteChange) -> Iterator[Told]:
    if change.weights is not None:
        reference, before, after = (
            change.weights.reference,
            short_digest(change.weights.before),
            short_digest(change.weights.after),
        )
        told = "" if change.word is Word.WEIGHTS else "Other weights under the same name: "
        yield (told, Foreign(reference), " ", Foreign(before), " → ", Foreign(after), ".")


def _of_staleness(change: SuiteChange) -> Iterator[Told]:
    stale = change.staleness
    if stale.changed:
        told = [_short(each) if change.golden.any else each for each in stale.changed]
        yield ("Changed since the lock was written: ", *listed(told, _MOST_NAMED), ".")
        yield from _what_to_do(change)
    if stale.foreign:
        yield (Foreign(stale.foreign), ".")
    if stale.scorers == "unknown":
        yield (
            "Whether the scorers are those of the lock cannot be known without running their "
            "code: the test ",
            Foreign(f"{change.name}[lock]"),
            " tells.",
        )


def _short(phrase: str) -> str:
    """Returns what changed without the golden examples' ids, where a sentence tells them."""
    golden = "the golden examples"
    return golden if phrase.startswith(f"{golden} (") else phrase


def _what_to_do(change: SuiteChange) -> Iterator[Told]:
    stale, after = change.staleness, change.outcomes[1]
    update, evolve = Foreign("pytest --promptevo-update-lock"), Foreign("pytest --evolve")
    if stale.holding is None or stale.missing is None or after is None:
        yield ("Renew it: ", update, " (keeps the genome) or ", evolve, ".")
        return
    verdicts = f"{stale.holding} of {counted(len(after.by_id), 'verdict')} still hold"
    if not stale.missing:
        yield (f"{verdicts}, and no answer is missing: ", update, " keeps the genome.")
        return
    calls = counted(stale.missing * after.entry.repeats, "call")
    needs = "needs a recording" if stale.missing == 1 else "need a recording"
    yield (
        f"{verdicts}; {counted(stale.missing, 'example')} {needs}: ",
        update,
        f" ({calls} at least, keeps the genome) or ",
        evolve,
        ".",
    )


def _of_golden(change: SuiteChange) -> Iterator[Told]:
    golden = change.golden
    if not golden.any:
        return
    told: list[Piece] = ["Golden examples: "]
    for what, names in (
        ("edited", golden.edited),
        ("new", golden.new),
        ("with another id", tuple(golden.renamed)),
        ("removed", golden.removed),
    ):
        if names:
            told += ["" if len(told) == 1 else ", ", f"{len(names)} {what}"]
            if what in ("edited", "removed"):
                told += [" (", *listed(names, _MOST_NAMED, golden.held_out), ")"]
    yield (*told, ".")
    if golden.held_out:
        yield (
            f"{len(golden.held_out)} of these the search never saw, and what they show is "
            "evidence: look at them.",
        )


def _of_entry(change: SuiteChange) -> Iterator[Told]:
    """Yields what there is to say where one end has no lock entry."""
    before, after = change.outcomes
    if after is None:
        yield ("It has no lock entry, so nothing is known of its answers.",)
    elif before is None:
        passing = f"{after.passed} of {counted(len(after.by_id), 'example')} pass"
        yield (
            f"{passing}." if change.is_suite_new else f"It had no lock entry before; {passing}.",
        )


def _of_flips(change: SuiteChange) -> Iterator[Told]:
    flips = change.flips
    fail, fixed = len(flips.of("fails now")), len(flips.of("passes now"))
    lower = len(flips.of("scores lower"))
    if flips.shared:
        more = f", {lower} of them clearly worse than before" if lower else ""
        yield (f"{fail} newly failing, {fixed} fixed, {flips.still_failing} still failing{more}.",)
    edited = [len(flips.of(kind, edited=True)) for kind in ("fails now", "passes now")]
    if same := sum(flip.has_same_answer for flip in flips.all if not flip.is_edited):
        yield (
            f"The answer to {same} of these is the same as before: it is judged otherwise."
            if same == 1
            else f"The answers to {same} of these are the same as before: they are judged "
            "otherwise.",
        )
    elif flips.judged_better:
        yield (
            f"{counted(flips.judged_better, 'example')} with the same answers as before: judged "
            "better.",
        )
    if any(edited):
        failing = f"{edited[0]} {'fails' if edited[0] == 1 else 'fail'}"
        passing = f"{edited[1]} {'passes' if edited[1] == 1 else 'pass'}"
        yield (f"Of those edited {failing} now and {passing} now.",)


def _of_new(change: SuiteChange) -> Iterator[Told]:
    flips = change.flips
    if flips.new:
        yield (f"Of {counted(flips.new, 'new example')} {flips.new_failing} fail.",)


def _of_evidence(change: SuiteChange) -> Iterator[Told]:
    evidence = change.evidence
    if evidence is None:
        return
    if evidence.by == "none":
        yield (f"Nothing can be tested: {evidence.why}.",)
    elif evidence.by == "all":
        where = f"No search ran, so all {counted(change.tested, 'example')} count"
        yield (f"{where}: quality {_tested(change, evidence)}.{_blind(evidence)}",)
    elif evidence.difference is None:
        yield ("The search's winner was not tested: ", Foreign(evidence.why), ".")
    else:
        fitness = next(row for row in change.figures.rows if row.name == "fitness")
        ends = ""
        if change.figures.are_unseen and fitness.before is not None and fitness.after is not None:
            means = (middle(end) for end in (fitness.before, fitness.after))
            ends = f"{' → '.join(number('fitness', mean) for mean in means)} "
        on = f"on {counted(change.tested, 'unseen example')}"
        yield (f"Fitness {ends}{on} ({_tested(change, evidence)}).{_blind(evidence)}",)
        if evidence.why:
            yield (f"But {evidence.why}.",)


def _tested(change: SuiteChange, evidence: Evidence) -> str:
    parts = [] if evidence.difference is None else [gain(evidence.difference)]
    if evidence.p_value is not None:
        parts.append(p_value(evidence.p_value))
    if evidence.n != change.tested:
        parts.append(f"near-duplicates count as one: {evidence.n}")
    return ", ".join(parts)


def _blind(evidence: Evidence) -> str:
    """Returns what a test that shows nothing could have shown."""
    if evidence.verdict != "inconclusive":
        return ""
    if evidence.detectable is None:
        return f" Inconclusive: {counted(evidence.n, 'example')} can show nothing."
    what = "difference" if evidence.by == "search" else "fall"
    return f" Inconclusive: a {what} below {evidence.detectable:.2f} could not be seen."


def _of_limits(change: SuiteChange) -> Iterator[Told]:
    for row in change.figures.broken:
        ends = [number(row.name, middle(end)) for end in (row.before, row.after) if end is not None]
        name = row.name.replace("latency p95", "p95 latency").replace("latency_ms", "latency")
        yield (
            f"{name[0].upper()}{name[1:]} {' → '.join(ends)}, ",
            strong(", ".join(row.limits)),
            ".",
        )


def _of_confirmation(change: SuiteChange) -> Iterator[Told]:
    if change.lost_evidence:
        yield ("The confirmation that this genome had is gone from the lock.",)
    elif Condition.UNCONFIRMED in change.conditions and change.word is not Word.INCONCLUSIVE:
        yield ("Nothing shows that the new genome is better.",)
