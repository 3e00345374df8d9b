"""What is tested of a suite as a whole: its lock and its gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_promptevo.errors import LockError, RecordingMissing, SuiteError
from pytest_promptevo.plugin.items import Failed, SuiteItem
from pytest_promptevo.plugin.properties import of_suite
from pytest_promptevo.project import CannotJudge
from pytest_promptevo.project.lock_check import check_suite, problem_with
from pytest_promptevo.project.verdict_record import GateRecord

if TYPE_CHECKING:
    from pytest_promptevo.project import Project
    from pytest_promptevo.project.verdict import Verdict


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
            if self._is_first and self._must_match:
                self._project.check_lock(run.lock_path, self.config.getini("norecursedirs"))
        except LockError as exc:
            if not (self._must_match or run.foreign() or run.outer_lock):
                self.xfail(str(exc).splitlines()[0])
            raise

    @property
    def _must_match(self) -> bool:
        """Whether a lock that does not match is a failure.

        Whoever lets another model answer for a suite knows that it is not that of the lock; the
        model that it has anyway, or one of other suites, is no excuse.
        """
        locked = self._project.settings.locked
        return locked == "strict" or (bool(locked) and not self.run.is_overridden)


class GateItem(SuiteItem):
    """The gate of a suite: ``[fitness]``.

    One that failed stays failed until the whole suite is judged: pytest would forget a failure
    that is skipped. Where pytest itself selects what failed (``--lf``, ``--sw``), that is done
    at once, for a failed gate can be run again in no other way.
    """

    @property
    def is_rerun(self) -> bool:
        """Whether it runs again because it failed, whatever is selected of its suite."""
        option = self.config.option
        chosen = getattr(option, "lf", False) or getattr(option, "stepwise", False)
        return bool(chosen) and self._has_failed()

    def _has_failed(self) -> bool:
        """Whether it failed when it was last run, which pytest's cache knows."""
        cache = getattr(self.config, "cache", None)
        return cache is not None and self.nodeid in cache.get("cache/lastfailed", {})

    def _judge_no_part(self) -> NoReturn:
        picked = f"{len(self.run.selected)} of {len(self.run.suite.examples)}"
        reason = f"cannot judge a part: {picked} examples are selected"
        if self._has_failed():
            self.fail(f"{self.name} failed, and stays failed until all is judged: {reason}")
        raise pytest.skip.Exception(reason, _use_item_location=True)

    def runtest(self) -> None:
        """Judges the whole suite."""
        run = self.run
        record = self.record = GateRecord.of(run)
        if not (run.is_whole or run.asks_all):
            self._judge_no_part()
        try:
            verdict = run.judge()
        except CannotJudge as exc:
            why = self.told(exc.error)
            if exc.example in run.selected:
                why = why.splitlines()[0]  # the example's own test tells it all
            why = getattr(exc.error, "cause", "") or why
            told = f"cannot judge {run.suite.name}: example {exc.example!r}: {why}"
            self.record = record.unjudged(told)
            if isinstance(exc.error, RecordingMissing):
                self.fail(told)
            raise Failed(told) from None
        except SuiteError as exc:
            self.record = record.unjudged(exc.message.splitlines()[0])
            raise
        self.record = record = record.with_verdict(verdict)
        self.user_properties += of_suite(run, verdict, record)
        if not verdict.passes:
            if run.entry is None:
                self.note_failure("new", "\n".join(verdict.breaches))
            lines = [*verdict.breaches, f"  {verdict.decides.figures.explained()}"]
            if hint := self._hint(verdict):
                lines.append(f"  hint: {hint}")
            self.fail("\n".join(lines))

    def _hint(self, verdict: Verdict) -> str:
        """Returns what to do about a gate that fails; that of `[lock]` where both have one cause.

        What was committed comes first: a search would begin without what the lock knew.
        """
        run = self.run
        problem = problem_with(run) if run.foreign() else None
        if problem is not None:
            return problem.hint
        ways = []
        if verdict.fell and run.stale:
            ways.append(f"undo what changed since the lock ({', '.join(run.stale)})")
        if run.suite.space is not None and not self.config.option.evolve:
            ways.append("pytest --evolve searches a better genome")
        return ", or ".join(ways)
