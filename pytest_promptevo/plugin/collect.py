"""Suites as collectors."""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.base.text import one_line
from pytest_promptevo.errors import (
    LockError,
    PromptEvoError,
    PromptEvoWarning,
    RecordingError,
    printable,
)
from pytest_promptevo.plugin.captured import EscapedOutput
from pytest_promptevo.plugin.golden_item import GoldenItem
from pytest_promptevo.plugin.items import DamageItem
from pytest_promptevo.plugin.offering import offering, offers
from pytest_promptevo.plugin.session import session_of
from pytest_promptevo.plugin.suite_items import GateItem, LockItem
from pytest_promptevo.plugin.tags import TagMarkers
from pytest_promptevo.suite.naming import suite_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_promptevo.plugin.session import SuiteSession
    from pytest_promptevo.project import SuiteRun


class SuiteFile(pytest.File):
    """A ``*.promptevo.yaml`` file."""

    @classmethod
    def of(cls, parent: pytest.Collector, path: Path) -> SuiteFile:
        """Returns the collector of a file; where the name is none to be shown, its id is.

        pytest writes ids as they are. With an escaped one, tests run and cannot be selected by it.
        """
        if one_line(str(path)) == str(path):
            file: SuiteFile = cls.from_parent(parent, path=path)
        else:
            node_id = one_line(os.path.relpath(path, parent.config.rootpath).replace(os.sep, "/"))
            file = cls.from_parent(parent, path=path, nodeid=node_id)
        return file

    def collect(self) -> Iterator[pytest.Item]:
        """Yields an item for each example, for lock and gate, and for an audit if asked for."""
        session = session_of(self.config)
        try:
            with EscapedOutput():
                hook = self.ihook.pytest_promptevo_scorers
                scorers = offers(hook, self.config)
                run = session.project.load(
                    self.path, scorers, offering=offering(hook, self.config) if scorers else ()
                )
        except (LockError, RecordingError) as exc:
            name = f"{suite_name(self.path)}[lock]"
            node_id = f"{self.nodeid}::{name}"
            yield DamageItem.from_parent(self, name=name, nodeid=node_id, damage=exc)
            return
        except PromptEvoError as exc:
            raise self.CollectError(str(exc)) from None
        # Whoever replays cannot mend them, and a mere list of tests shall not wait for them.
        if session.project.settings.record != "none" and not self.config.option.collectonly:
            for note in run.suite.duplicates.notes:
                told = PromptEvoWarning(printable(f"{run.suite.name}: {note}"))
                warnings.warn_explicit(told, None, one_line(str(self.path)), 1)
        markers = TagMarkers.of(self.config)
        for example in run.suite.examples:
            item = GoldenItem.from_parent(
                self, **self._named(run, example.id), run=run, example=example
            )
            markers.mark(item, example.tags)
            yield item
        is_first = self._is_first(session, run)
        if (
            run.entry is not None
            or run.foreign()
            or run.outer_lock is not None
            or session.project.settings.locked == "strict"
            or (is_first and session.project.resources.lock(run.lock_path).entries)
        ):
            yield LockItem.from_parent(
                self,
                **self._named(run, "lock"),
                run=run,
                project=session.project,
                is_first=is_first,
            )
        yield GateItem.from_parent(self, **self._named(run, "fitness"), run=run)
        numbers = [candidate.number for candidate in run.candidates]
        for number in numbers:
            from pytest_promptevo.plugin.candidate_item import CandidateItem

            yield CandidateItem.from_parent(
                self,
                **self._named(run, f"candidate-{number}"),
                run=run,
                project=session.project,
                number=number,
            )
        if session.project.settings.audit:
            from pytest_promptevo.plugin.audit import AuditItem

            for number in (0, *numbers):
                yield AuditItem.from_parent(
                    self,
                    **self._named(run, f"candidate-{number}-audit" if number else "audit"),
                    run=run,
                    project=session.project,
                    number=number,
                )

    def _named(self, run: SuiteRun, part: str) -> dict[str, str]:
        """Returns name and id; pytest 9.2 finds an item again (``--lf``) by an id given whole."""
        name = f"{run.suite.name}[{part}]"
        return {"name": name, "nodeid": f"{self.nodeid}::{name}"}

    def _is_first(self, session: SuiteSession, run: SuiteRun) -> bool:
        """Whether a suite is the first of its lock, whose test checks the lock as a whole."""
        is_first = run.lock_path not in session.checked
        session.checked.add(run.lock_path)
        return is_first
