"""Examples that stand otherwise after a change than before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_promptevo.fitness.paired import SAME
from pytest_promptevo.project.against_lock import CLEARLY
from pytest_promptevo.review.outcomes import expected_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.review.outcomes import Outcome, Outcomes

Kind = Literal["fails now", "scores lower", "passes now"]

_ORDER: tuple[Kind, ...] = ("fails now", "scores lower", "passes now")


@dataclass(frozen=True)
class Flip:
    """An example that passed and fails now, the other way round, or fails more clearly.

    Attributes:
        example: Its id.
        kind: What happened to it.
        qualities: Its quality before and after.
        expected: What is expected of it after the change; None if that is not known.
        before: The last answer before, raw.
        after: The last answer after.
        is_cut: Whether that answer was cut off by its limit of tokens.
        tags: Its tags.
        is_unseen: Whether the search for the locked genome never saw it; None where none ran.
        is_edited: Whether the golden example is another one than before, so that nothing of
            this can be laid to the prompt.
        draws: How many answers are recorded for it.
        has_same_answer: Whether both ends have the same recorded answers.
    """

    example: str
    kind: Kind
    qualities: tuple[float, float]
    expected: str | None
    before: str
    after: str
    is_cut: bool
    tags: tuple[str, ...]
    is_unseen: bool | None
    is_edited: bool
    draws: int
    has_same_answer: bool


@dataclass(frozen=True)
class Flips:
    """All flips, worst first, and what did not flip.

    Attributes:
        all: The flips.
        shared: How many examples both ends have, unedited.
        still_failing: How many of these fail at both ends.
        new: How many examples the old end did not have.
        new_failing: How many of these fail.
        is_still: Whether all that both ends have, unedited, has the same answers and qualities.
        judged_better: How many of these have a higher quality with the same answers.
    """

    all: tuple[Flip, ...] = ()
    shared: int = 0
    still_failing: int = 0
    new: int = 0
    new_failing: int = 0
    is_still: bool = False
    judged_better: int = 0

    def of(self, kind: Kind, *, edited: bool = False) -> list[Flip]:
        """Returns the flips of a kind, of examples that were edited or of those that were not."""
        return [flip for flip in self.all if flip.kind == kind and flip.is_edited is edited]


def flips_of(before: Outcomes, after: Outcomes) -> Flips:
    """Returns what flipped between two ends, by what their locks say."""
    found, shared, still, moved, better = list[Flip](), 0, 0, 0, 0
    for name, now in after.by_id.items():
        then = before.by_id.get(name)
        if then is None:
            continue
        is_edited = is_other(then, now)
        if not is_edited:
            shared += 1
            still += not then.passed and not now.passed
            moved += not _is_same(then, now)
            better += now.quality - then.quality > SAME and _has_same_answer(then, now)
        found += _flips(then, now, before, after, is_edited=is_edited)
    new = [now for name, now in after.by_id.items() if name not in before.by_id]
    found.sort(key=_place)
    failing = sum(not now.passed for now in new)
    is_still = shared > 0 and not moved and not found
    return Flips(tuple(found), shared, still, len(new), failing, is_still, better)


def is_other(then: Outcome, now: Outcome) -> bool:
    """Whether the golden examples of two outcomes are known to differ."""
    return bool(then.golden and now.golden) and then.golden != now.golden


def _has_same_answer(then: Outcome, now: Outcome) -> bool:
    return [each.text for each in then.recordings] == [each.text for each in now.recordings]


def _is_same(then: Outcome, now: Outcome) -> bool:
    return abs(then.quality - now.quality) <= SAME and _has_same_answer(then, now)


def _place(flip: Flip) -> tuple[int, bool, float, str]:
    before, after = flip.qualities
    return _ORDER.index(flip.kind), not flip.is_unseen, after - before, flip.example


def _flips(
    then: Outcome, now: Outcome, before: Outcomes, after: Outcomes, *, is_edited: bool
) -> Iterator[Flip]:
    kind: Kind
    if then.passed != now.passed:
        kind = "passes now" if now.passed else "fails now"
    elif not now.passed and then.quality - now.quality > CLEARLY:
        kind = "scores lower"
    else:
        return
    golden = after.golden_of(now.example)
    if golden is None and not is_edited:
        golden = before.golden_of(now.example)
    held_out = after.entry.held_out
    yield Flip(
        example=now.example,
        kind=kind,
        qualities=(then.quality, now.quality),
        expected=expected_text(golden),
        before=then.answer,
        after=now.answer,
        is_cut=now.is_cut,
        tags=golden.tags if golden else (),
        is_unseen=None if held_out is None else now.example in held_out.ids,
        is_edited=is_edited,
        draws=after.entry.repeats,
        has_same_answer=_has_same_answer(then, now),
    )
