"""What a change does to a suite's gate and to what stands beside its genome, a sentence each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted, shorten
from pytest_promptevo.fitness import NAMES, Limit
from pytest_promptevo.lock.code import other_code
from pytest_promptevo.review.memory import forgotten
from pytest_promptevo.review.pieces import Foreign, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_promptevo.review.ends import End
    from pytest_promptevo.review.pieces import Piece, Told
    from pytest_promptevo.suite import Suite

_MOST_NAMED = 5
_WIDTH = 60
"""Letters of a setting of the rollout: its stages may be many."""


@dataclass(frozen=True)
class GateChange:
    """A change of how a suite is judged, or of what stands beside its genome.

    Attributes:
        told: A sentence.
        is_laxer: Whether more may pass by it than before.
    """

    told: Told
    is_laxer: bool = False


@dataclass(frozen=True)
class _Number:
    """A number that a suite is judged by.

    Attributes:
        value: The number; None if there is none.
        sign: 1 where more passes with a greater one, -1 where less does, and with none all does.
    """

    value: float | None
    sign: int

    @property
    def told(self) -> str:
        return "none" if self.value is None else f"{self.value:g}"

    def is_laxer_than(self, other: _Number) -> bool:
        if self.value is None or other.value is None:
            return self.value is None and other.value is not None
        return (self.value - other.value) * self.sign > 0


def gate_changes(before: End | None, after: End | None) -> tuple[GateChange, ...]:
    """Returns what changed of how a suite is judged, and of its candidates."""
    if before is None or after is None:
        return ()
    told: list[GateChange] = []
    if before.suite is not None and after.suite is not None:
        told += _gate(before.suite, after.suite)
        told += _tags(before.suite, after.suite)
        told += _scoring(before, after)
    told += [GateChange(each, is_laxer=True) for each in forgotten(before, after)]
    told += map(GateChange, [*_candidates(before, after), *_rollout(before, after)])
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


def _gate(before: Suite, after: Suite) -> Iterator[GateChange]:
    old, new = _numbers(before), _numbers(after)
    others = [name for name in old if old[name].value != new[name].value]
    told = [f"{name} {old[name].told} → {new[name].told}" for name in others]
    is_laxer = any(new[name].is_laxer_than(old[name]) for name in others)
    if before.scorer_check and not after.scorer_check:
        told.append("scorers are no longer checked")
        is_laxer = True
    if after.draft and not before.draft:
        told.append("a draft from now on, which cannot fail without a lock entry")
        is_laxer = True
    if told:
        yield GateChange((f"The gate: {', '.join(told)}.",), is_laxer)


def _numbers(suite: Suite) -> dict[str, _Number]:
    """Returns all numbers that a suite is judged by, but for those of tags."""
    numbers = {
        "threshold": _Number(suite.threshold, -1),
        "pass mark": _Number(suite.pass_mark, -1),
        "repeats": _Number(suite.repeats, -1),
    }
    for name in NAMES:
        numbers[f"weight of {name}"] = _Number(suite.objectives.weights.get(name, 0.0), 1)
        limit = suite.objectives.limits.get(name, Limit())
        for bound, value in vars(limit).items():
            numbers[f"{bound} of {name}"] = _Number(value, -1 if bound == "min" else 1)
    return numbers


def _tags(before: Suite, after: Suite) -> Iterator[GateChange]:
    """Yields what changed of the limits of tags, and of which examples these are about."""
    old, new = before.tag_minima, after.tag_minima
    others = [tag for tag in dict.fromkeys([*old, *new]) if old.get(tag) != new.get(tag)]
    told: list[Piece] = []
    for tag in others[:_MOST_NAMED]:
        was, now = _least(old, tag), _least(new, tag)
        told += [", " if told else "Least quality of tags: ", Foreign(tag)]
        told.append(f" {was.told} → {now.told}")
    if told:
        more = len(others) - _MOST_NAMED
        told.append(f" and {more} more." if more > 0 else ".")
        is_laxer = any(_least(new, tag).is_laxer_than(_least(old, tag)) for tag in others)
        yield GateChange(tuple(told), is_laxer)
    yield from islice(_untagged(before, after, [tag for tag in old if tag in new]), _MOST_NAMED)


def _least(minima: Mapping[str, float], tag: str) -> _Number:
    return _Number(minima.get(tag), -1)


def _untagged(before: Suite, after: Suite, tags: Sequence[str]) -> Iterator[GateChange]:
    """Yields which examples have lost tags that have limits."""
    for tag in tags:
        kept = set(after.tagged(tag))
        if gone := [name for name in before.tagged(tag) if name in after.by_id.keys() - kept]:
            names = listed(gone, _MOST_NAMED)
            yield GateChange(("No longer of tag ", Foreign(tag), ": ", *names, "."), is_laxer=True)


def _scoring(before: End, after: End) -> Iterator[GateChange]:
    old, new = before.entry, after.entry
    if old is not None and new is not None and (files := other_code(old.code, new.code)):
        told = ("Code of scorers or target: ", *listed(files, _MOST_NAMED), ".")
        yield GateChange(told, is_laxer=True)
    if before.suite is not None and after.suite is not None:
        was, now = (
            list(map(str, side.spec.get("scorers", ()))) for side in (before.suite, after.suite)
        )
        if was != now:
            told = ("Scorers: ", *listed(was, _MOST_NAMED), " → ", *listed(now, _MOST_NAMED), ".")
            yield GateChange(told, is_laxer=True)


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
    others = [each for each in new if each.genome in genomes and each not in old]
    if others:
        verdicts = ", ".join(each.confirmed.verdict for each in others)
        yield (f"Other evidence of {counted(len(others), 'candidate')}: {verdicts}.",)


def _rollout(before: End, after: End) -> Iterator[Told]:
    """Yields what changed of how production moves traffic to candidates."""
    if before.suite is None or after.suite is None:
        return
    old, new = asdict(before.suite.rollout), asdict(after.suite.rollout)
    others = [
        f"{name} {shorten(str(old[name]), _WIDTH)} → {shorten(str(new[name]), _WIDTH)}"
        for name in old
        if old[name] != new[name]
    ]
    if others:
        yield (f"The rollout: {', '.join(others)}.",)


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
