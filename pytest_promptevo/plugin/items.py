"""Golden examples and gates as items."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import (
    LockError,
    ModelUnavailable,
    PromptEvoError,
    RecordingMissing,
    SuiteError,
)
from pytest_promptevo.project import CannotJudge
from pytest_promptevo.project.against_lock import Standing
from pytest_promptevo.project.lock_check import check_suite
from pytest_promptevo.project.verdict_record import ExampleRecord, GateRecord

if TYPE_CHECKING:
    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.project import Project, SuiteRun
    from pytest_promptevo.project.verdict import Verdict
    from pytest_promptevo.project.verdict_record import Record
    from pytest_promptevo.prompt import Example

_OWN = "pytest_promptevo."


class SuiteItem(pytest.Item):
    """What golden examples and gates have in common."""

    def __init__(self, *, run: SuiteRun, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.run = run
        self.record: Record | None = None
        self.first_failure: tuple[str, str, str] | None = None
        self.finding = ""

    def fail(self, reason: str) -> None:
        """Fails the test; as an expected failure, where the suite is a draft."""
        if self.run.is_draft:
            pytest.xfail(f"draft suite without a lock entry: {reason.splitlines()[0]}")
        raise Failed(reason)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Returns where the item stands, for reports."""
        return self.path, 0, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Returns the message alone for what a user can mend."""
        if isinstance(excinfo.value, PromptEvoError):
            cause = excinfo.value.__cause__
            if cause is not None:
                return f"{self._told(excinfo.value)}\n{_frames(cause)}".rstrip()
            return self._told(excinfo.value)
        if isinstance(excinfo.value, pytest.xfail.Exception):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def _told(self, error: PromptEvoError) -> str:
        if not isinstance(error, RecordingMissing):
            return str(error)
        return f"{error}\n  {self._how_to_commit()}"

    def _how_to_commit(self) -> str:
        command = f"pytest {shlex.quote(self._from_here())}"
        if self.run.is_overridden:
            return "answers of --promptevo-model are not committed: leave it out to replay"
        if self.run.entry is None:
            return (
                "lock it as it is, failures included, which commits its recordings: "
                f"{command} --promptevo-update-lock"
            )
        return f"record it and accept what changed: {command} --promptevo-update-lock"

    def _from_here(self) -> str:
        try:
            return os.path.relpath(self.path, self.config.invocation_params.dir)
        except ValueError:
            return str(self.path)


class Failed(PromptEvoError):
    """A test failed; its text is the report."""


def _frames(cause: BaseException) -> str:
    """Returns the traceback of a user's function: its own frames, not those that led to it."""
    import traceback

    frames = cause.__traceback__
    while frames is not None and frames.tb_frame.f_globals.get("__name__", "").startswith(_OWN):
        frames = frames.tb_next
    if frames is None:
        return ""
    return "".join(traceback.format_exception(type(cause), cause, frames)).rstrip()


class GoldenItem(SuiteItem):
    """One golden example."""

    def __init__(self, *, example: Example, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.example = example

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Returns the suite file and the example's name."""
        return self.path, None, self.name

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
        self.user_properties += _properties(evaluation)
        if record.standing is Standing.PASSED:
            return
        if record.standing is Standing.KNOWN:
            reason = evaluation.feedback.reason
            pytest.xfail(f"known failure in {run.lock_path.name}: {reason}")
        if record.standing is Standing.UNSTABLE:
            pytest.xfail(
                f"{evaluation.passes} of {evaluation.draws} draws pass, which may be chance: "
                f"{run.suite.name}[fitness] judges all examples together"
            )
        if run.entry is None:
            answer = shorten(repr(evaluation.feedback.output), 60)
            why = f"{evaluation.feedback.reason}; answer {answer}"
            self.first_failure = (run.suite.name, self.example.id, why)
        self.fail(_told_failure(run, self.example, evaluation, record.standing))


class LockItem(SuiteItem):
    """Whether a suite, its lock entry and its recordings belong together: ``[lock]``."""

    def __init__(self, *, project: Project, is_first: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._project = project
        self._is_first = is_first

    def runtest(self) -> None:
        """Checks the suite against its lock, the first one of a lock also the lock itself."""
        run, settings = self.run, self._project.settings
        try:
            check_suite(run, needs_entry=settings.locked == "strict")
            if self._is_first and settings.locked:
                self._project.check_lock(run.lock_path, self.config.getini("norecursedirs"))
        except LockError as exc:
            if not settings.locked and not run.against.foreign(run.lock_path.name):
                pytest.xfail(str(exc).splitlines()[0])
            raise


class GateItem(SuiteItem):
    """The gate of a suite: ``[fitness]``."""

    def runtest(self) -> None:
        """Judges the whole suite."""
        run = self.run
        record = self.record = GateRecord.of(run)
        if not run.is_whole:
            picked = f"{len(run.selected)} of {len(run.suite.examples)}"
            raise pytest.skip.Exception(
                f"cannot judge a part: {picked} examples are selected", _use_item_location=True
            )
        try:
            verdict = run.judge()
        except CannotJudge as exc:
            told = f"cannot judge {run.suite.name}: example {exc.example!r}: {self._why(exc.error)}"
            self.record = record.with_breaches(told)
            if isinstance(exc.error, RecordingMissing):
                self.fail(told)
            raise Failed(told) from None
        except SuiteError as exc:
            self.record = record.with_breaches(exc.message.splitlines()[0])
            raise
        self.user_properties += _figures(verdict)
        if not verdict.passes:
            self.record = record.with_breaches(*verdict.breaches)
            advice = "pytest --evolve searches a better genome"
            if run.entry is None:
                self.first_failure = (run.suite.name, "", "\n".join(verdict.breaches))
            lines = [*verdict.breaches, f"  {verdict.decides.figures.explained()}"]
            self.fail("\n".join([*lines, f"  hint: {advice}" if run.suite.space else ""]).rstrip())

    def _why(self, error: PromptEvoError) -> str:
        """Returns what is wrong with an example; what to do about a server, its own test tells."""
        told = self._told(error)
        return told.splitlines()[0] if isinstance(error, ModelUnavailable) else told


def _figures(verdict: Verdict) -> list[tuple[str, object]]:
    """Returns what JUnit's report holds of a suite: figures with 95 % intervals."""
    figures = verdict.figures
    told: list[tuple[str, object]] = [
        ("promptevo_fitness", str(figures.fitness)),
        ("promptevo_quality", str(figures.objectives["quality"])),
    ]
    if verdict.unseen is not None:
        told.append(("promptevo_unseen_fitness", str(verdict.unseen.figures.fitness)))
    if verdict.paired is not None:
        told.append(("promptevo_against_lock", str(verdict.paired.difference)))
    return told


def _properties(evaluation: Evaluation) -> list[tuple[str, object]]:
    """Returns what JUnit's report holds of an example."""
    score = evaluation.score
    told: list[tuple[str, object]] = [("promptevo_quality", round(score.quality, 6))]
    if evaluation.draws > 1:
        told.append(("promptevo_pass_rate", f"{evaluation.passes}/{evaluation.draws}"))
    return told


def _told_failure(
    run: SuiteRun, example: Example, evaluation: Evaluation, standing: Standing
) -> str:
    lines = [
        f"{run.suite.name}[{example.id}]: quality {evaluation.score.quality:.3g}, "
        f"needs {run.suite.pass_mark:g}{_drawn(evaluation)}",
        *(f"  {name}: {_short(value)}" for name, value in example.inputs.items()),
        f"  expected: {_short(example.expected)}",
        *_answers(run, evaluation),
        f"  why:      {evaluation.feedback.reason}",
    ]
    lock = run.lock_path.name
    if standing is Standing.REGRESSED:
        lines.insert(1, f"  a regression: {lock} does not know this failure")
    if standing is Standing.WORSE and run.entry is not None:
        known = (run.entry.quality or {}).get(example.id, 1.0)
        lines.insert(1, f"  a regression: {lock} knows this failure with quality {known:.3g}")
    return "\n".join(lines)


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
    return shorten(repr(value), 200)
