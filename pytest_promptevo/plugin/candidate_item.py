"""A candidate of the lock as an item: ``SUITE[candidate-1]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_promptevo.errors import LockError
from pytest_promptevo.plugin.items import Failed, SuiteItem
from pytest_promptevo.plugin.properties import of_candidate
from pytest_promptevo.project import CannotJudge
from pytest_promptevo.reports.candidate_text import candidate_line

if TYPE_CHECKING:
    from pytest_promptevo.project import Project, SuiteRun
    from pytest_promptevo.project.verdict import Verdict

_HINT = (
    "pytest --promptevo-update-lock drops a candidate that does not keep its gate, and accepts "
    "what else changed"
)


class CandidateItem(SuiteItem):
    """One candidate, judged as the locked genome is, by the examples that were held out.

    It needs none of the suite's examples to be selected, and asks no model but with
    ``--promptevo-record=all``.
    """

    def __init__(self, *, project: Project, number: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._project = project
        self._number = number

    def runtest(self) -> None:
        """Fails where the candidate no longer keeps the gate, or fell against the lock."""
        run = self.run
        if self._number > len(run.candidates):
            self._skip(f"{run.lock_path.name} no longer has this candidate")
        candidate = run.candidates[self._number - 1]
        if candidate.is_overridden:
            self._skip("answers of --promptevo-model are not committed")
        verdict = self._verdict(candidate)
        self.finding = candidate_line(candidate, verdict)
        self.user_properties += of_candidate(candidate, verdict)
        fallen = candidate.fallen()
        if verdict.passes and not fallen:
            return
        lines = [f"{candidate.name}:", *verdict.breaches]
        if fallen and not (verdict.paired and verdict.paired.is_worse):
            lines.append(f"lower than the lock knows: {', '.join(fallen)}")
        lines += [f"  {verdict.decides.figures.explained()}", f"  hint: {_HINT}"]
        self.fail("\n".join(lines))

    def _verdict(self, candidate: SuiteRun) -> Verdict:
        """Judges the candidate; where the lock need not fit, it may say that it cannot."""
        run = self.run
        try:
            if candidate.damage is not None:
                raise candidate.damage
            return candidate.judge()
        except (CannotJudge, LockError) as exc:
            if run.stale and not self._project.settings.locked:
                self.xfail(
                    f"{run.lock_path.name} does not match {run.suite.name}, so the candidate is "
                    "not tested: --promptevo-update-lock tests it again, or drops it"
                )
            if isinstance(exc, LockError):
                raise
            told = f"cannot judge {candidate.name}: example {exc.example!r}: "
            raise Failed(told + self.told(exc.error)) from None

    def _skip(self, reason: str) -> NoReturn:
        raise pytest.skip.Exception(reason, _use_item_location=True)
