"""Which candidates stand in the lock beside a genome that is accepted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError
from pytest_promptevo.recording import CommittedFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.lock_candidates import Candidates
    from pytest_promptevo.project.evolution import Evolution
    from pytest_promptevo.project.suite_run import SuiteRun


@dataclass(frozen=True)
class Beside:
    """The candidates beside a genome.

    Attributes:
        candidates: The candidates, or None if there are none.
        told: What became of those that the lock had, a line each.
    """

    candidates: Candidates | None = None
    told: tuple[str, ...] = ()

    @property
    def evaluations(self) -> Sequence[Sequence[Evaluation]]:
        """Their evaluations, whose answers are committed."""
        return [kept.evaluations for kept in self.candidates.kept] if self.candidates else []


def candidates_beside(
    run: SuiteRun, evolution: Evolution | None, genome: Genome, evaluations: Sequence[Evaluation]
) -> Beside:
    """Returns the candidates of a search, or those of the lock that may stay.

    Args:
        run: The suite.
        evolution: What was done for it, if a search led to this.
        genome: The genome that is accepted.
        evaluations: Its evaluations of all golden examples.

    Raises:
        PromptEvoError: if a model cannot answer.
    """
    if evolution is not None and evolution.outcome is not None:
        from pytest_promptevo.improve.lock_candidates import found_candidates

        seen = run.entry.searched if run.entry else ()
        found = found_candidates(run.suite, evolution.outcome, evolution.plan, seen)
        had = len(run.candidates)
        why = "they stood beside another genome" if evolution.outcome.accepted else "new ones came"
        dropped = f"{had} {'candidate' if had == 1 else 'candidates'} of the lock dropped: {why}"
        return Beside(found, (dropped,) if had else ())
    if not run.candidates or run.entry is None:
        return Beside()
    return _kept(run, genome, evaluations)


def _kept(run: SuiteRun, genome: Genome, evaluations: Sequence[Evaluation]) -> Beside:
    from pytest_promptevo.improve.kept_candidates import Known, kept_candidates

    assert run.entry is not None
    dropped: dict[int, str] = {}
    own = []
    for candidate in run.candidates:
        if problem := _unusable(candidate, genome):
            dropped[candidate.number] = problem
            continue
        answers, mode = candidate.evaluator.answers, run.evaluator.answers.mode
        answers.mode = mode if run.is_whole or mode != "all" else "missing"
        if candidate.against.foreign(run.lock_path):
            answers.committed = CommittedFile(answers.committed.path)  # they are not the lock's
        candidate.evaluator.speeds = run.evaluator.speeds
        own.append(Known(candidate.number, candidate.genome, candidate.evaluator))
    candidates, others = kept_candidates(run.evaluator, run.entry, genome, evaluations, own)
    told = sorted((dropped | others).items())
    return Beside(candidates, tuple(f"candidate-{number} dropped: {why}" for number, why in told))


def _unusable(candidate: SuiteRun, genome: Genome) -> str:
    """Returns why a candidate cannot be tested, or is none any more."""
    if isinstance(candidate.damage, LockError):
        return candidate.damage.message
    return "it is the locked genome" if candidate.genome == genome else ""
