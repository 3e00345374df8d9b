"""What an evolution of a suite has found, and how it is set up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evolve import Budget, Split
    from pytest_promptevo.improve.plan import Outcome, Plan
    from pytest_promptevo.project.settings import Settings
    from pytest_promptevo.project.suite_run import SuiteRun
    from pytest_promptevo.project.verdict import Verdict


@dataclass(frozen=True)
class Evolution:
    """What `Project.evolve` did for a suite.

    Attributes:
        suite: Name of the suite.
        verdict: The verdict on the genome that was tested so far.
        baseline: Its evaluations of all golden examples.
        plan: How the search was set up.
        outcome: What the search found; None if there was none, because the suite passes or
            because nothing of it may vary.
        paid: Calls to models that baseline, search and test took; all others were known.
    """

    suite: str
    verdict: Verdict
    baseline: Sequence[Evaluation]
    plan: Plan
    outcome: Outcome | None = None
    paid: int = 0


def plan_of(settings: Settings, run: SuiteRun) -> Plan:
    """Returns how to search for a suite, as the settings say.

    What an earlier search has seen is held out from no later one, where enough others are left.

    Args:
        settings: The settings.
        run: The suite.

    Raises:
        SettingsError: for a budget that is none.
    """
    from pytest_promptevo.improve.plan import Plan
    from pytest_promptevo.improve.sides import Sides
    from pytest_promptevo.improve.winner import first_draw

    return Plan(
        settings.strategy,
        settings.seed,
        _budget(settings.budget),
        accepts_inconclusive=settings.accept == "inconclusive",
        candidates=settings.candidates,
        held_out=Sides.of(run.entry).again(run.suite),
        draw=first_draw(run.entry),
    )


def seen_before(run: SuiteRun, parts: Split) -> str:
    """Returns what to say of held-out examples that an earlier search has seen, or nothing."""
    from pytest_promptevo.improve.sides import Sides

    sides = Sides.of(run.entry)
    count = sum(sides.has_searched(run.suite, example) for example in parts.confirm)
    if not count:
        return ""
    return (
        f"an earlier search has seen {count} of the {len(parts.confirm)} examples that are held "
        "out now, for too few are left that none has: add golden examples to test on unseen ones"
    )


def check_acceptable(run: SuiteRun, evolution: Evolution | None) -> None:
    """Checks that an evolution can be accepted for a suite.

    Raises:
        SettingsError: if it is another suite's, or neither its genome was accepted nor may it
            propose candidates.
    """
    if evolution is None:
        return
    name, outcome = run.suite.name, evolution.outcome
    if evolution.suite != name:
        raise SettingsError(f"{name}: this is what evolved of {evolution.suite!r}")
    if outcome is not None and outcome.proposes and not outcome.accepted:
        if why := unproposable(run, evolution):
            raise SettingsError(f"{name}: no candidates are locked: {why}")
    elif outcome is not None and not outcome.accepted:
        raise SettingsError(
            f"{name}: the genome that was found is not accepted ({outcome.reason}); "
            "without the evolution, the present one is"
        )


def unproposable(run: SuiteRun, evolution: Evolution) -> str:
    """Returns why no candidates may be locked beside the present genome, or nothing.

    Whoever proposes candidates accepts nothing else: the genome must be one that may run, and
    all that is known of it must stand in the lock already, where there is an entry.
    """
    if not evolution.verdict.passes:
        return "the present genome fails its gate, and no better one was accepted"
    if run.entry is None:
        return ""
    is_known = all(run.against.is_as_locked(evaluation) for evaluation in evolution.baseline)
    if run.stale or run.foreign() or not is_known:
        return "the lock is out of date: run pytest --promptevo-update-lock first"
    return ""


def _budget(bounds: Mapping[str, float]) -> Budget | None:
    from pytest_promptevo.evolve import Budget

    if not bounds:
        return None
    calls, tokens = bounds.get("calls"), bounds.get("tokens")
    return Budget(
        calls=None if calls is None else int(calls),
        tokens=None if tokens is None else int(tokens),
        seconds=bounds.get("seconds"),
    )
