"""What is known of a suite's present genome before anything else is done with the suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evaluation.measure import baseline
from pytest_promptevo.evaluation.speeds import learn_speed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.project.loader import Loader
    from pytest_promptevo.project.suite_run import SuiteRun


def baseline_of(project: Loader, run: SuiteRun, what: str) -> list[Evaluation]:
    """Evaluates a suite's present genome on all golden examples, and shows how far that is."""
    total = len(run.suite.examples)
    return baseline(
        run.evaluator,
        run.genome,
        lambda done: project.reporter.show(f"{what} {done} of {total}"),
    )


def learnt(project: Loader, run: SuiteRun, evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """Learns the speed of the tested model; returns evaluations with their new latencies."""
    anew = project.settings.record == "all" and run.is_whole
    return learn_speed(run.evaluator, run.genome, evaluations, anew=anew)
