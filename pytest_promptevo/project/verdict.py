"""The verdict on a whole suite: its gate, and how it stands against its lock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import few_of
from pytest_promptevo.evaluation.copies import copies, observations, scores_of, worst_scores
from pytest_promptevo.fitness import Score, at_their_worst, compare
from pytest_promptevo.fitness.drawn import Draws
from pytest_promptevo.lock import Unseen
from pytest_promptevo.project.tag_limits import tag_breaches

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.fitness import Figures, Gate, Paired
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.suite import Suite

_MOST_NAMED = 8


@dataclass(frozen=True)
class Verdict:
    """What is to be said of a suite.

    Attributes:
        gate: The gate over all golden examples.
        unseen: The gate over the examples that were held out from the search for the locked
            genome, whose figures then decide; None if there are none.
        with_later: The gate over these and what came after the search; None if nothing did.
        gone: How many of those held out are gone or edited, and count at their worst.
        lost: A sentence, if too few of the examples that were held out are left to judge by.
        tags: A sentence for each tag whose golden examples miss its least quality.
        paired: The examples' qualities against those in the lock, or None without a lock
            that knows them.
    """

    gate: Gate
    unseen: Gate | None = None
    with_later: Gate | None = None
    gone: int = 0
    lost: str = ""
    tags: tuple[str, ...] = ()
    paired: Paired | None = None

    @property
    def decides(self) -> Gate:
        """The gate that decides: over the unseen examples, where there are any.

        Where these pass it is the one over them and later ones, if that does not.
        """
        gate = self.unseen or self.gate
        if gate.passes and self.with_later is not None and not self.with_later.passes:
            return self.with_later
        return gate

    @property
    def figures(self) -> Figures:
        """The figures over all golden examples."""
        return self.gate.figures

    @property
    def which(self) -> str:
        """Which examples decide, where that are not simply all golden examples."""
        gate = self.decides
        if gate is self.gate:
            return ""
        which = "that its search never saw"
        if gate is self.with_later:
            which = "that its search did not have, later ones among them"
        gone = f" ({self.gone} of them gone or edited: at their worst)" if self.gone else ""
        return which + gone

    @property
    def breaches(self) -> tuple[str, ...]:
        """A sentence for each thing that fails; empty if the suite passes."""
        breaches = (*_on(self.decides, self.which), *self.tags)
        if self.lost:
            breaches = (self.lost, *breaches)
        if self.paired is not None and self.paired.is_worse:
            breaches = (*breaches, _told_fall(self.paired))
        return breaches

    @property
    def fell(self) -> bool:
        """Whether examples that are as the lock knows them score lower now, all in all.

        Less than what is beyond chance: it tells whether a change that was made is to blame.
        """
        return self.paired is not None and self.paired.difference.mean < 0

    @property
    def passes(self) -> bool:
        """Whether nothing is breached."""
        return not self.breaches


def verdict_on(
    suite: Suite,
    evaluations: Sequence[Evaluation],
    entry: Entry | None = None,
    comparable: Collection[str] = (),
    unseen: Unseen | None = None,
) -> Verdict:
    """Judges the evaluations of all golden examples of a suite.

    Args:
        suite: The suite.
        evaluations: One of each golden example.
        entry: Its lock entry.
        comparable: Ids of the examples that are the same as when the entry was written.
        unseen: The examples that the search for the locked genome never saw.
    """
    gate = suite.judge([evaluation.score for evaluation in evaluations])
    unseen = unseen or Unseen()
    tags = tag_breaches(suite, evaluations, unseen)
    if entry is None:
        return Verdict(gate, tags=tags)
    scores = _scores_on(evaluations, unseen, unseen.held_out)
    with_later = _scores_on(evaluations, unseen, unseen.held_out + unseen.later)
    gone = at_their_worst(unseen.gone, scores)
    return Verdict(
        gate,
        suite.judge([*scores, *gone]) if scores else None,
        suite.judge([*with_later, *gone]) if unseen.later else None,
        len(gone),
        _told_loss(unseen) if unseen.is_lost else "",
        tags,
        _against_lock(suite, entry, evaluations, comparable),
    )


def _scores_on(
    evaluations: Sequence[Evaluation], unseen: Unseen, examples: Collection[str]
) -> list[Score]:
    chosen = set(examples)
    return worst_scores((each for each in evaluations if each.example in chosen), unseen.digests)


def _on(gate: Gate, which: str) -> tuple[str, ...]:
    if not which:
        return gate.breaches
    where = f"on the {gate.figures.fitness.n} examples {which}, "
    return tuple(where + breach for breach in gate.breaches)


def _told_loss(unseen: Unseen) -> str:
    left = len(unseen.held_out)
    return (
        f"{left or 'none'} of the {unseen.count} examples that its search never saw "
        f"{'is' if left < 2 else 'are'} left, and what it saw cannot judge it: "
        f"put them back, or run pytest --evolve{_told_inputs(unseen.names)}"
    )


def _told_inputs(names: Sequence[str]) -> str:
    """Returns what to do where examples may be lost because inputs were changed."""
    if not names:
        return ""
    return (
        f" (their search knew them by {', '.join(names)}: an input that the prompt no longer asks "
        "for can be taken out after pytest --promptevo-update-lock, and one be renamed in an "
        "update; a prompt that asks for others, or a target that gets others, needs a new search)"
    )


def _against_lock(
    suite: Suite, entry: Entry, evaluations: Sequence[Evaluation], comparable: Collection[str]
) -> Paired | None:
    """Compares qualities with those in the lock; of copies, the first stands for all.

    As examples near-duplicates are one observation, too; the draws of each remain its own.
    """
    locked = entry.quality
    compared = [evaluation for evaluation in evaluations if evaluation.example in comparable]
    if locked is None or not compared:
        return None
    paired = _paired(entry, compared, copies(compared))
    if not paired.fell:
        return paired  # and nobody looks for near-duplicates
    apart = _paired(entry, compared, observations(suite, compared))
    return replace(paired, difference=apart.difference, p_value=apart.p_value)


def _paired(
    entry: Entry, compared: Sequence[Evaluation], places: Sequence[Sequence[int]]
) -> Paired:
    locked = entry.quality or {}
    first = [compared[group[0]] for group in places]
    names = [evaluation.example for evaluation in first]
    then = [fmean(locked.get(compared[place].example, 1.0) for place in each) for each in places]
    return compare(
        dict(zip(names, then, strict=True)),
        dict(zip(names, (score.quality for score in scores_of(compared, places)), strict=True)),
        {
            evaluation.example: Draws(entry.repeats, evaluation.draws)
            for evaluation in first
            if evaluation.draws_differ
        },
    )


def _told_fall(paired: Paired) -> str:
    difference, fell = paired.difference, paired.fell
    falls = [f"{fall.example} ({fall.before:.3g} -> {fall.now:.3g})" for fall in fell]
    worst = few_of(falls, _MOST_NAMED)
    p_value = f"p = {paired.p_value:.1g}"
    if not paired.falls_as_examples:
        p_value = f"p = {paired.p_of_draws:.1g} over the draws of each"
    return (
        f"quality fell against the lock: {difference.mean:+.3f} "
        f"[{difference.low:+.3f}, {difference.high:+.3f}] on {difference.n} examples "
        f"({p_value}); lower: {worst}"
    )
