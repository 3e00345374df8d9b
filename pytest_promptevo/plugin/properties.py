"""What reports of other tools hold of a test: JUnit's properties, those of CTRF and pytest-html.

They are figures and digests, and names that the suite file gives: nothing that a model has said.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.fitness import NAMES

if TYPE_CHECKING:
    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.project import SuiteRun
    from pytest_promptevo.project.verdict import Verdict
    from pytest_promptevo.project.verdict_record import GateRecord

Properties = list[tuple[str, object]]
"""What ``pytest.Item.user_properties`` holds."""

_DIGITS = 6


def of_example(run: SuiteRun, evaluation: Evaluation) -> Properties:
    """Returns what is told of an example: its score, its fitness, and of which genome it is."""
    score, fitness = evaluation.score, run.suite.objectives.fitness(evaluation.score)
    told: Properties = [("promptevo_quality", round(score.quality, _DIGITS))]
    told.append(("promptevo_fitness", round(fitness, _DIGITS)))
    for name in NAMES[1:]:
        told.append((f"promptevo_{name}", round(getattr(score, name), _DIGITS)))
    if evaluation.draws > 1:
        told.append(("promptevo_pass_rate", f"{evaluation.passes}/{evaluation.draws}"))
    return [*told, *of_genome(run)]


def of_suite(run: SuiteRun, verdict: Verdict, record: GateRecord) -> Properties:
    """Returns what is told of a suite: its means with 95 % intervals, and its genome."""
    figures = verdict.figures
    told: Properties = [("promptevo_fitness", str(figures.fitness))]
    told += [(f"promptevo_{name}", str(figures.objectives[name])) for name in NAMES]
    if record.unseen is not None:
        told.append(("promptevo_unseen_fitness", str(record.unseen.fitness)))
    if verdict.paired is not None:
        told.append(("promptevo_against_lock", str(verdict.paired.difference)))
    return [*told, *of_genome(run)]


def of_candidate(run: SuiteRun, verdict: Verdict) -> Properties:
    """Returns what is told of a candidate: the means that decide on it, and which it is."""
    figures = verdict.decides.figures
    told: Properties = [("promptevo_fitness", str(figures.fitness))]
    told += [(f"promptevo_{name}", str(figures.objectives[name])) for name in NAMES]
    return [*told, *of_genome(run)]


def of_genome(run: SuiteRun) -> Properties:
    """Returns which genome was tested (``locked``, ``candidate-1``, ...), its digest and model."""
    state = f"candidate-{run.number}" if run.number else run.facts.state
    return [
        ("promptevo_genome", state),
        ("promptevo_digest", _digest_of(run.genome)),
        ("promptevo_model", run.suite.prompt.reference(run.genome)),
    ]


@lru_cache(maxsize=64)
def _digest_of(genome: Genome) -> str:
    """Returns the digest of a genome, which all examples of a suite share."""
    return digest(genome.plain())
