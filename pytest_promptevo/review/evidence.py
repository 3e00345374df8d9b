"""What speaks for a change, or against it: the lock's held-out test, or all examples."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Literal

from pytest_promptevo.evaluation.copies import copies, observations
from pytest_promptevo.evaluation.evaluation import Asked, Evaluation
from pytest_promptevo.fitness import Estimate, Score, compare
from pytest_promptevo.fitness.drawn import Draws
from pytest_promptevo.fitness.paired import ALPHA, SAME
from pytest_promptevo.lock import Confirmed, Search
from pytest_promptevo.review.flips import is_other

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.review.ends import End
    from pytest_promptevo.review.outcomes import Outcome, Outcomes
    from pytest_promptevo.suite import Suite

Verdict = Literal["better", "worse", "inconclusive"]


@dataclass(frozen=True)
class Evidence:
    """A test of what a change does.

    Attributes:
        by: ``search``: the lock's test on examples that its search never saw; ``all``: every
            example that both ends have, as no search has chosen by them; ``none``: nothing can
            be tested.
        verdict: What it says.
        of: What was compared: ``fitness`` or ``quality``.
        n: How many observations were compared; near-duplicates are one.
        difference: Mean of after minus before; None without a test.
        p_value: One-sided for a search, two-sided for all examples.
        detectable: The smallest difference that the test could have seen; None if it could see
            none, or that is not known.
        why: Why nothing was tested, or what the test is not about.
    """

    by: Literal["search", "all", "none"]
    verdict: Verdict = "inconclusive"
    of: Literal["fitness", "quality"] = "quality"
    n: int = 0
    difference: Estimate | None = None
    p_value: float | None = None
    detectable: float | None = None
    why: str = ""


def searched(before: End | None, entry: Entry) -> Search | None:
    """Returns the search that the change brings, or None if its genome is not from a new one."""
    if not isinstance(entry.search, Search):
        return None
    old = before.entry if before else None
    is_old = old is not None and (old.search, old.genome) == (entry.search, entry.genome)
    return None if is_old else entry.search


def of_search(before: End | None, entry: Entry, search: Search) -> Evidence:
    """Returns what the lock says of the search that found its genome.

    Args:
        before: The old end.
        entry: The new entry.
        search: Its search.
    """
    test = search.confirmed
    if not isinstance(test, Confirmed):
        return Evidence("search", of="fitness", why=test)
    mean = test.difference
    verdicts: dict[str, Verdict] = {"confirmed": "better", "worse": "worse"}
    is_about_base = _replaced(before, entry)
    return Evidence(
        "search",
        verdicts.get(test.verdict, "inconclusive") if is_about_base else "inconclusive",
        "fitness",
        test.n,
        Estimate(mean.mean, mean.low, mean.high, test.n),
        test.p_value,
        test.detectable,
        ""
        if is_about_base
        else "the lock's test compares with another genome than the one that ran before",
    )


def _replaced(before: End | None, entry: Entry) -> bool:
    """Whether the genome that a search replaced is the one that ran at the old end."""
    if before is None:
        return True  # there is no other to compare with
    if before.entry is not None:
        ran = before.entry.genome
    elif before.suite is not None:
        ran = before.suite.shipped.plain()
    else:
        return True
    replaced = {**entry.genome, **entry.replaces}
    return all(replaced.get(name) == value for name, value in ran.items())


def of_all(
    before: Outcomes, after: Outcomes, suite: Suite | None, why_not: str = ""
) -> tuple[Evidence, int]:
    """Compares the qualities of all examples that both ends have, as the gate does.

    Args:
        before: The outcomes before.
        after: Those after.
        suite: The suite, which tells near-duplicates; None if its file is gone.
        why_not: Why qualities do not compare, if they do not.

    Returns:
        The test, and how many examples it is about.
    """
    pairs = {
        name: (then, now)
        for name, now in after.by_id.items()
        if (then := before.by_id.get(name)) is not None and not is_other(then, now)
    }
    if why_not or not pairs:
        why = why_not or "no example stands at both ends as it was"
        return Evidence("none", why=why), len(pairs)
    old = [_evaluation(then) for then, _ in pairs.values()]
    new = [_evaluation(now) for _, now in pairs.values()]
    has_moved = any(abs(then.quality - now.quality) > SAME for then, now in pairs.values())
    if suite and has_moved and pairs.keys() <= suite.by_id.keys():
        places = observations(suite, old, new)
    else:
        places = copies(old, new)  # to look for near-duplicates takes long, and tells nothing
    draws = Draws(before.entry.repeats, after.entry.repeats)
    return _paired(_means(old, places), _means(new, places), draws), len(pairs)


def _paired(then: Mapping[str, float], now: Mapping[str, float], draws: Draws) -> Evidence:
    drawn = dict.fromkeys(now, draws)
    falls, rises = compare(then, now, drawn), compare(now, then, drawn)
    verdict: Verdict = "inconclusive"
    if falls.is_worse or rises.is_worse:
        verdict = "worse" if falls.is_worse else "better"
    parts = [
        p for paired in (falls, rises) for p in (paired.p_value, paired.p_of_draws) if p is not None
    ]
    return Evidence(
        "all",
        verdict,
        "quality",
        falls.difference.n,
        falls.difference,
        min(1.0, 2 * min(parts)),
        _least_fall(falls.difference.n),
    )


def _least_fall(n: int) -> float | None:
    """Returns the least mean fall of n right answers that is beyond chance if none rises.

    With k falls, and nothing else, the mid-p-value is half of 2^-k (see `fitness.fall_p`).
    """
    falls = next(k for k in range(1, 64) if 0.5 ** (k + 1) <= ALPHA)
    return falls / n if n >= falls else None


def _means(evaluations: Sequence[Evaluation], places: Sequence[Sequence[int]]) -> dict[str, float]:
    return {
        evaluations[group[0]].example: fmean(evaluations[at].score.quality for at in group)
        for group in places
    }


def _evaluation(outcome: Outcome) -> Evaluation:
    return Evaluation(
        Score(outcome.quality),
        example=outcome.example,
        passed=outcome.passed,
        asked=tuple(Asked(each.max_tokens, each) for each in outcome.recordings),
    )
