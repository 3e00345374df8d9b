"""What baseline, search and the test of its winner cost in calls, told before they start."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve.search import CALLS_PER_EXAMPLE
from pytest_promptevo.improve.calibration import SAMPLE, roles_of

if TYPE_CHECKING:
    from pytest_promptevo.evolve import Budget, Split
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.suite import Suite


def calls_of_test(suite: Suite, before: Genome, parts: Split) -> int:
    """Returns the calls that come on top of a search: its winner is tested, and so is the old one.

    At a temperature above 0 both are drawn anew, as often as the suite repeats.

    Args:
        suite: The suite.
        before: The genome that the search starts from.
        parts: The examples of search and test.
    """
    may_vary = suite.space is not None and "temperature" in suite.space.free
    if not (may_vary or suite.is_noisy(before)):
        return 2 * len(parts.confirm)
    return suite.repeats * (2 * len(parts.confirm) + len(parts.search))


def search_budget(
    budget: Budget | None, suite: Suite, before: Genome, parts: Split
) -> Budget | None:
    """Returns what is left of a budget for baseline and search, beside the test of the winner.

    Raises:
        SettingsError: if the budget does not suffice to compare two genomes.
    """
    if budget is None or budget.calls is None:
        return budget
    return _left(budget, calls_of_test(suite, before, parts), suite, parts)


def without_latency(
    budget: Budget | None, calls: int, suite: Suite, before: Genome, parts: Split
) -> Budget | None:
    """Returns what is left for baseline and search beside the test and the measuring of latency.

    Args:
        budget: The whole budget.
        calls: Calls that measuring latency takes, or may take.
        suite: The suite.
        before: The genome that the search starts from.
        parts: The examples of search and test.

    Raises:
        SettingsError: if the budget does not suffice to compare two genomes.
    """
    if budget is None or budget.calls is None:
        return budget
    return _left(budget, calls_of_test(suite, before, parts) + calls, suite, parts)


def _left(budget: Budget, spoken_for: int, suite: Suite, parts: Split) -> Budget:
    calls, least = budget.calls or 0, spoken_for + 2 * len(parts.search)
    if calls < least:
        raise SettingsError(
            f"{suite.name}: a budget of {calls:,} calls cannot compare two genomes on "
            f"{len(suite.examples)} examples: allow for {least:,} at least, better "
            f"{spoken_for + 10 * len(parts.search):,} (--promptevo-budget)"
        )
    return replace(budget, calls=calls - spoken_for)


def most_calls(budget: Budget | None, suite: Suite, before: Genome, parts: Split) -> int | None:
    """Returns the most calls of baseline, search and test together; None without such a bound."""
    if budget is None:
        extra = calls_of_test(suite, before, parts) + _calls_of_latency(suite, before, parts)
        return CALLS_PER_EXAMPLE * len(parts.search) + extra
    return budget.calls


def _calls_of_latency(suite: Suite, before: Genome, parts: Split) -> int:
    """Returns the most calls that latency takes: speeds of models, and two genomes side by side."""
    if not suite.objectives.counts("latency_ms"):
        return 0
    sample = min(SAMPLE, len(parts.search)) * len(roles_of(suite, before))
    return sample + 2 * len(parts.confirm)
