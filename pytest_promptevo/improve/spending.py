"""What baseline, search, test and candidates cost in calls, told before they start."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve.search import CALLS_PER_EXAMPLE
from pytest_promptevo.improve.calibration import SAMPLE, roles_of
from pytest_promptevo.improve.finals import FINALISTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evolve import Budget, Split
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.suite import Suite


def calls_per_draw(baseline: Sequence[Evaluation]) -> float:
    """Returns how many calls a draw of the old genome takes, repairs included; 1 if unknown."""
    draws = sum(evaluation.draws for evaluation in baseline)
    asked = sum(len(evaluation.calls) for evaluation in baseline)
    return max(asked / draws, 1.0) if draws else 1.0


def calls_of_baseline(suite: Suite, before: Genome, per_draw: float = 1.0) -> int:
    """Returns the calls of the old genome on all golden examples.

    Args:
        suite: The suite.
        before: The genome that the search starts from.
        per_draw: See `calls_per_draw`.
    """
    return math.ceil(per_draw * suite.draws(before) * len(suite.examples))


def calls_of_test(
    suite: Suite, before: Genome, parts: Split, per_draw: float = 1.0, candidates: int = 0
) -> int:
    """Returns the calls of a winner's test and of candidates, beside baseline and search.

    The winner, which is taken to need no repairs, is asked about the held-out and the spare
    examples, and each candidate about those held out. At a temperature above 0 both genomes are
    drawn for the test, and an accepted winner once more on all examples, candidates on those
    held out, as often as the suite repeats (see `improve/winner.py`).

    Args:
        suite: The suite.
        before: The genome that the search starts from.
        parts: The examples of search and test.
        per_draw: See `calls_per_draw`.
        candidates: How many genomes are tested as candidates.
    """
    held_out = len(parts.confirm)
    if not _may_be_noisy(suite, before):
        return held_out * (1 + candidates) + len(parts.spare)
    old = math.ceil(per_draw * held_out) if suite.is_noisy(before) else 0
    winner, others = held_out + len(suite.examples), 2 * held_out * candidates
    return suite.repeats * (old + winner + others)


def _may_be_noisy(suite: Suite, before: Genome) -> bool:
    may_vary = suite.space is not None and "temperature" in suite.space.free
    return may_vary or suite.is_noisy(before)


def search_budget(
    budget: Budget | None,
    suite: Suite,
    before: Genome,
    parts: Split,
    *,
    calibrated: int = 0,
    reserve: int = 0,
    per_draw: float = 1.0,
    candidates: int = 0,
) -> Budget | None:
    """Returns what is left of a budget for the search, beside baseline, test and latency.

    Args:
        budget: The whole budget.
        suite: The suite.
        before: The genome that the search starts from.
        parts: The examples of search and test.
        calibrated: Calls that measuring the models' speeds took.
        reserve: Calls that measuring two genomes side by side may take; where the budget is
            small, a first comparison of genomes goes before it.
        per_draw: See `calls_per_draw`.
        candidates: How many genomes are tested as candidates.

    Returns:
        The bounds of the search. One call is left to it even where repairs, which nobody could
        foresee, took the rest: then it ends at once and says so.
    """
    if budget is None or budget.calls is None:
        return budget
    left = budget.calls - calibrated - calls_of_baseline(suite, before, per_draw)
    left -= calls_of_test(suite, before, parts, per_draw, candidates)
    return replace(budget, calls=max(left - reserve, min(left, len(parts.search)), 1))


def check_budget(
    budget: Budget | None, suite: Suite, before: Genome, parts: Split, candidates: int = 0
) -> None:
    """Checks, before anything is spent, that a budget suffices to compare two genomes.

    One that does is not refused afterwards. What two genomes side by side take to measure their
    latency is left out where there are no calls for it (see `improve/interleave.py`).

    Args:
        budget: The whole budget.
        suite: The suite.
        before: The genome that the search starts from.
        parts: The examples of search and test.
        candidates: How many genomes are tested as candidates.

    Raises:
        SettingsError: if it does not suffice, with one that does.
    """
    if budget is None or budget.calls is None:
        return
    spoken_for = calls_of_baseline(suite, before)
    spoken_for += calls_of_test(suite, before, parts, candidates=candidates)
    spoken_for += _calls_of_speeds(suite, before, parts)
    least = spoken_for + len(parts.search)
    if budget.calls < least:
        raise SettingsError(
            f"{suite.name}: a budget of {budget.calls:,} calls cannot compare two genomes on "
            f"{len(suite.examples)} examples{_and(candidates)}: allow for {least:,} at least, "
            f"better {spoken_for + 10 * len(parts.search):,} (--promptevo-budget)"
        )


def _and(candidates: int) -> str:
    return f" and test {candidates} more as candidates" if candidates else ""


def most_calls(
    budget: Budget | None,
    suite: Suite,
    before: Genome,
    parts: Split,
    per_draw: float = 1.0,
    candidates: int = 0,
) -> int | None:
    """Returns the most calls of baseline, search and tests together; None without such a bound.

    A winner that needs repairs takes a few more.

    Args:
        budget: The whole budget.
        suite: The suite.
        before: The genome that the search starts from.
        parts: The examples of search and test.
        per_draw: See `calls_per_draw`.
        candidates: How many genomes are tested as candidates.
    """
    if budget is not None:
        return budget.calls
    beside = calls_of_baseline(suite, before, per_draw)
    beside += calls_of_test(suite, before, parts, per_draw, candidates)
    if speeds := _calls_of_speeds(suite, before, parts):
        beside += speeds + 2 * len(parts.confirm)  # two genomes side by side
    return CALLS_PER_EXAMPLE * len(parts.search) + FINALISTS * len(parts.spare) + beside


def _calls_of_speeds(suite: Suite, before: Genome, parts: Split) -> int:
    """Returns the most calls that measuring the models' speeds takes, where latency counts."""
    if not suite.objectives.counts("latency_ms"):
        return 0
    return min(SAMPLE, len(parts.search)) * len(roles_of(suite, before))
