"""``--promptevo-audit``: the test ``SUITE[audit]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.plugin.items import Failed, SuiteItem
from pytest_promptevo.project.audit import audit
from pytest_promptevo.reports.audit_text import audit_failure, audit_line

if TYPE_CHECKING:
    from pytest_promptevo.project import Project


class AuditItem(SuiteItem):
    """Asks the model again for committed answers of a suite's genome, or of a candidate."""

    def __init__(self, *, project: Project, number: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._project = project
        self._number = number

    def runtest(self) -> None:
        """Fails where the committed answers are not what the model answers."""
        run = self.run
        if run.entry is None:
            self._skip(f"{run.suite.name} has no lock entry, and so no committed answers")
        candidate = run.candidates[self._number - 1] if self._number else run
        if candidate.is_overridden:
            self._skip("answers of --promptevo-model are not committed")
        if candidate.damage is not None:
            raise candidate.damage
        found = audit(candidate, self._project.settings.audit)
        self.finding = audit_line(found)
        if not found.passes:
            raise Failed(audit_failure(found))

    def _skip(self, reason: str) -> None:
        raise pytest.skip.Exception(reason, _use_item_location=True)
