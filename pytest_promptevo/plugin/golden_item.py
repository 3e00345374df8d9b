"""Golden examples as items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import one_line, shorten, shown
from pytest_promptevo.errors import PromptEvoError, RecordingMissing, ScorerFailed
from pytest_promptevo.plugin.items import SuiteItem, raised_at, shown_path
from pytest_promptevo.plugin.properties import of_example
from pytest_promptevo.project.against_lock import Standing
from pytest_promptevo.project.verdict_record import ExampleRecord

if TYPE_CHECKING:
    import os

    import pytest

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.project import SuiteRun
    from pytest_promptevo.prompt import Example


class GoldenItem(SuiteItem):
    """One golden example."""

    def __init__(self, *, example: Example, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.example = example

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Returns the suite file and the example's name."""
        return shown_path(self.path), None, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Returns the message, and notes it where there is no answer that could be wrong."""
        text = super().repr_failure(excinfo, style)
        error = excinfo.value
        if self.failure is None and isinstance(error, PromptEvoError):
            kind, cause = "error", ""
            if isinstance(error, ScorerFailed) and not error.is_again:
                raised = error.__cause__
                kind, cause = "scorer", raised_at(raised) if raised else "no verdict"
            self.note_failure(kind, str(text), self.example.id, self.command, cause)
        return text

    def runtest(self) -> None:
        """Evaluates the example and compares it with what the lock knows of it."""
        run = self.run
        try:
            evaluation = run.evaluation(self.example)
        except RecordingMissing as exc:
            if run.is_draft:
                self.fail(str(exc))
            raise
        record = self.record = ExampleRecord.of(run, evaluation)
        self.user_properties += of_example(run, evaluation)
        if record.standing is Standing.PASSED:
            return
        if record.standing is Standing.KNOWN:
            reason = evaluation.feedback.reason
            self.xfail(f"known failure in {run.lock_path.name}: {reason}")
        if record.standing is Standing.UNSTABLE:
            self.xfail(
                f"{evaluation.passes} of {evaluation.draws} draws pass, which may be chance: "
                f"{run.suite.name}[fitness] judges all examples together"
            )
        answer = shorten(repr(evaluation.feedback.output), 60)
        why = f"{one_line(evaluation.feedback.reason)}; answer {answer}"
        if record.standing is Standing.WORSE:
            known = _locked_quality(run, self.example)
            why = f"quality {known:.3g} -> {evaluation.score.quality:.3g}: {why}"
        kind = "new" if run.entry is None else "locked"
        self.note_failure(kind, why, self.example.id, self.command)
        self.fail(_told_failure(run, self.example, evaluation, record.standing))


def _told_failure(
    run: SuiteRun, example: Example, evaluation: Evaluation, standing: Standing
) -> str:
    lines = [
        f"{run.suite.name}[{example.id}]: quality {evaluation.score.quality:.3g}, "
        f"needs {run.suite.pass_mark:g}{_drawn(evaluation)}",
        *(f"  {one_line(name)}: {_short(value)}" for name, value in example.inputs.items()),
        f"  expected: {_short(example.expected)}",
        *_answers(run, evaluation),
        f"  why:      {one_line(evaluation.feedback.reason)}",
    ]
    lock = run.lock_path.name
    if standing is Standing.REGRESSED:
        lines.insert(1, _told_regression(run, example, lock))
    if standing is Standing.WORSE:
        known = _locked_quality(run, example)
        lines.insert(1, f"  a regression: {lock} knows this failure with quality {known:.3g}")
    return "\n".join(lines)


def _told_regression(run: SuiteRun, example: Example, lock: str) -> str:
    """Says whose doing a failure is that the lock does not know: the example may be another."""
    changes = run.against.golden_changes
    if f"{example.id} edited" in changes:
        return f"  the example was edited since {lock} was written: as it was, it passed"
    if f"{example.id} new" in changes:
        return f"  the example is new: {lock} does not know it"
    return f"  a regression: {lock} does not know this failure"


def _locked_quality(run: SuiteRun, example: Example) -> float:
    return ((run.entry.quality if run.entry else None) or {}).get(example.id, 1.0)


def _drawn(evaluation: Evaluation) -> str:
    if evaluation.draws == 1:
        return ""
    return f" ({evaluation.passes} of {evaluation.draws} draws pass; shown is the first that fails)"


def _answers(run: SuiteRun, evaluation: Evaluation) -> list[str]:
    """Returns the answer; where it was repaired, the first one before it.

    What a ``target`` asks are steps of its own, and none of them is a first answer; of several
    draws it is not known which of the answers belong to the one that is shown.
    """
    answer = f"  answer:   {_short(evaluation.feedback.output)}"
    rounds = round(evaluation.score.repairs)
    if not rounds or run.suite.target or evaluation.draws > 1 or not evaluation.asked:
        return [answer]
    first = f"  at first: {_short(evaluation.asked[0].recording.text)}"
    return [first, f"{answer} (after {rounds} {'repair' if rounds == 1 else 'repairs'})"]


def _short(value: Any) -> str:
    return shown(value, 200)
