"""What a test tells of its suite: frozen records that cross pytest-xdist as plain JSON data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_promptevo.fitness import Score
from pytest_promptevo.project.suite_facts import SuiteFacts
from pytest_promptevo.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.project.suite_run import SuiteRun


@dataclass(frozen=True)
class ExampleRecord:
    """The verdict on one golden example.

    Attributes:
        facts: What holds for its suite.
        example: Id of the example.
        score: Its score.
        passed: Whether it passed.
        known: Whether the lock lists it as a known failure.
        recordings: Its answers, where they shall be committed anew, else nothing.
    """

    facts: SuiteFacts
    example: str
    score: Score
    passed: bool
    known: bool
    recordings: tuple[Recording, ...] = ()

    @classmethod
    def of(cls, run: SuiteRun, evaluation: Evaluation, known: bool) -> ExampleRecord:
        """Returns the record of an evaluation."""
        return cls(
            facts=run.facts,
            example=evaluation.example,
            score=evaluation.score,
            passed=evaluation.passed,
            known=known,
            recordings=_new_recordings(run, evaluation),
        )


@dataclass(frozen=True)
class GateRecord:
    """The verdict on a whole suite.

    Attributes:
        facts: What holds for the suite.
        ids: Ids of all its golden examples, in their order.
        is_whole: Whether all of them were tested.
        breaches: What the suite breaches, a sentence each.
    """

    facts: SuiteFacts
    ids: tuple[str, ...]
    is_whole: bool
    breaches: tuple[str, ...] = ()

    @classmethod
    def of(cls, run: SuiteRun) -> GateRecord:
        """Returns the record of a suite that breaches nothing so far."""
        return cls(run.facts, tuple(run.suite.by_id), run.is_whole)

    def with_breaches(self, *breaches: str) -> GateRecord:
        """Returns the record of a suite that fails."""
        return replace(self, breaches=breaches)


Record = ExampleRecord | GateRecord


def to_plain(record: Record) -> dict[str, Any]:
    """Returns a record as JSON data."""
    plain = {"kind": type(record).__name__, **vars(record), "facts": vars(record.facts)}
    if isinstance(record, ExampleRecord):
        recordings = [vars(recording) for recording in record.recordings]
        plain |= {"score": record.score.vector(), "recordings": recordings}
    return plain


def from_plain(data: Mapping[str, Any]) -> Record:
    """Returns the record of JSON data; lists stand for tuples."""
    values = {name: value for name, value in data.items() if name != "kind"}
    facts = SuiteFacts(**{**values["facts"], "stale": tuple(values["facts"]["stale"])})
    if data["kind"] == GateRecord.__name__:
        values |= {"ids": tuple(values["ids"]), "breaches": tuple(values["breaches"])}
        return GateRecord(**{**values, "facts": facts})
    recordings = tuple(Recording(**row) for row in values["recordings"])
    score = Score(*values["score"])
    return ExampleRecord(**{**values, "facts": facts, "score": score, "recordings": recordings})


def _new_recordings(run: SuiteRun, evaluation: Evaluation) -> tuple[Recording, ...]:
    """Returns the answers of a locked genome that the committed file does not have as they are."""
    answers = run.evaluator.answers
    commits = run.entry is not None and run.commits and run.is_locked_model
    if not commits or answers.mode == "none":
        return ()
    recordings = tuple(asked.recording for asked in evaluation.asked)
    committed = tuple(answers.committed.by_example.get(evaluation.example, ()))
    return recordings if run.damage or committed != recordings else ()
