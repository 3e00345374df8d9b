"""What a change does to a suite's gate and to what stands beside its genome, a sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted
from pytest_promptevo.fitness import NAMES, Limit
from pytest_promptevo.lock.code import other_code
from pytest_promptevo.review.pieces import Foreign, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.review.ends import End
    from pytest_promptevo.review.pieces import Told
    from pytest_promptevo.suite import Suite

_MOST_NAMED = 5


def gate_changes(before: End | None, after: End | None) -> tuple[Told, ...]:
    """Returns what changed of how a suite is judged, and of its candidates."""
    told: list[Told] = []
    if before is not None and after is not None:
        if before.suite is not None and after.suite is not None:
            told += _gate(before.suite, after.suite)
            told += _scoring(before, after)
        told += _candidates(before, after)
    return tuple(told)


def scored_otherwise(before: End, after: End) -> str:
    """Returns why the qualities of two entries are not on one scale, or nothing."""
    old, new = before.entry, after.entry
    if old is None or new is None:
        return ""
    if old.fingerprints.get("scorers") != new.fingerprints.get("scorers"):
        return "scorers or pass mark are others, so qualities of both ends do not compare"
    if old.target or new.target:  # the code is the target's, as far as the lock tells
        has_own = any(":" in name for name in _scorers(after))
        if has_own and other_code(old.code, new.code):
            return (
                "the code of scorers or target changed, and which of them cannot be known without "
                "running it"
            )
        return ""
    if other_code(old.code, new.code):
        return "the code of scorers changed, so qualities of both ends do not compare"
    return ""


def _scorers(end: End) -> list[str]:
    given = end.suite.spec.get("scorers", ()) if end.suite else ()
    return [spec if isinstance(spec, str) else next(iter(spec), "") for spec in given]


def _gate(before: Suite, after: Suite) -> Iterator[Told]:
    old, new = _numbers(before), _numbers(after)
    told = [f"{name} {old[name]} → {new[name]}" for name in old if old[name] != new[name]]
    if before.scorer_check and not after.scorer_check:
        told.append("scorers are no longer checked")
    if after.draft and not before.draft:
        told.append("a draft from now on, which cannot fail without a lock entry")
    if told:
        yield (f"The gate: {', '.join(told)}.",)


def _numbers(suite: Suite) -> dict[str, str]:
    """Returns all numbers that a suite is judged by."""
    numbers: dict[str, float | None] = {
        "threshold": suite.threshold,
        "pass mark": suite.pass_mark,
        "repeats": suite.repeats,
    }
    for name in NAMES:
        numbers[f"weight of {name}"] = suite.objectives.weights.get(name, 0.0)
        limit = suite.objectives.limits.get(name, Limit())
        numbers |= {f"{bound} of {name}": value for bound, value in vars(limit).items()}
    return {name: "none" if number is None else f"{number:g}" for name, number in numbers.items()}


def _scoring(before: End, after: End) -> Iterator[Told]:
    old, new = before.entry, after.entry
    if old is not None and new is not None and (files := other_code(old.code, new.code)):
        yield ("Code of scorers or target: ", *listed(files, _MOST_NAMED), ".")
    if before.suite is not None and after.suite is not None:
        was, now = (
            list(map(str, side.spec.get("scorers", ()))) for side in (before.suite, after.suite)
        )
        if was != now:
            yield ("Scorers: ", *listed(was, _MOST_NAMED), " → ", *listed(now, _MOST_NAMED), ".")


def _candidates(before: End, after: End) -> Iterator[Told]:
    old = before.entry.candidates if before.entry else []
    new = after.entry.candidates if after.entry else []
    genomes = [each.genome for each in old]
    added = [each for each in new if each.genome not in genomes]
    dropped = len([each for each in old if each.genome not in [one.genome for one in new]])
    if added:
        verdicts = ", ".join(each.confirmed.verdict for each in added)
        yield (f"{counted(len(added), 'candidate')} for production's traffic: {verdicts}.",)
    if dropped:
        yield (f"{counted(dropped, 'candidate')} dropped.",)


def model_changes(before: End, after: End) -> Iterator[Told]:
    """Yields the roles, beside that of the genome, whose models have other weights now."""
    old, new = before.entry, after.entry
    if old is None or new is None:
        return
    for role, model in new.models.items():
        then = old.models.get(role)
        if role == new.genome.get("model") or then is None or then.reference != model.reference:
            continue
        if then.digest != model.digest:
            yield (
                "Other weights of ",
                Foreign(model.reference),
                ", which serves the role ",
                Foreign(role),
                ".",
            )
