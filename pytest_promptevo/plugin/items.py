"""What all items of a suite have in common."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pytest_promptevo.base.text import one_line
from pytest_promptevo.errors import PromptEvoError, RecordingMissing, printable
from pytest_promptevo.project.lock_check import problem_with

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from pytest_promptevo.plugin.folding import Failure
    from pytest_promptevo.project import SuiteRun
    from pytest_promptevo.project.verdict_record import Record

_OWN = "pytest_promptevo."

_LONGEST = 20_000
"""Letters of a traceback that are shown, the last ones."""


class SuiteItem(pytest.Item):
    """What golden examples and gates have in common."""

    def __init__(self, *, run: SuiteRun, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.run = run
        self.record: Record | None = None
        self.failure: Failure | None = None
        self.finding = ""

    def fail(self, reason: str) -> NoReturn:
        """Fails the test; as an expected failure, where the suite is a draft."""
        if self.run.is_draft:
            self.xfail(f"draft suite without a lock entry: {reason.splitlines()[0]}")
        raise Failed(reason)

    def note_failure(
        self, kind: str, why: str, example: str = "", command: str = "", cause: str = ""
    ) -> None:
        """Notes what the report says of the failure (see `folding.Failure`)."""
        from pytest_promptevo.plugin.folding import Failure  # most tests pass

        self.failure = Failure(kind, self.run.suite.name, example, why, command, cause)

    def xfail(self, reason: str) -> NoReturn:
        """Ends the test as an expected failure, for a reason in a line."""
        pytest.xfail(one_line(reason))

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Returns where the item stands, for reports."""
        return shown_path(self.path), 0, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Returns the message alone for what a user can mend."""
        if isinstance(excinfo.value, PromptEvoError):
            told, lines = self.told(excinfo.value), frames(excinfo.value.__cause__)
            return printable(f"{told}\n{lines}") if lines else told
        if isinstance(excinfo.value, pytest.xfail.Exception):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def told(self, error: PromptEvoError) -> str:
        """Returns an error's text, for a missing recording with what to do."""
        if not isinstance(error, RecordingMissing):
            return str(error)
        if self.run.is_overridden:
            return (
                f"{error}\n  hint: answers of --promptevo-model are not committed: leave it out "
                "to replay"
            )
        problem = problem_with(self.run)
        if problem is None:
            how = f"pytest {shlex.quote(self._from_here())} --promptevo-update-lock"
            return f"{error}\n  hint: {how} records it and accepts what changed"
        why = f"no recording: {problem.message}" if self.run.entry is None else str(error)
        return printable(f"{why}\n  hint: {problem.hint}")

    @property
    def command(self) -> str:
        """The command that runs this test alone."""
        return f"pytest {shlex.quote(f'{self._from_here()}::{self.name}')}"

    def _from_here(self) -> str:
        try:
            return os.path.relpath(self.path, self.config.invocation_params.dir)
        except ValueError:
            return str(self.path)


class DamageItem(pytest.Item):
    """Stands for a suite whose lock or recordings cannot be read: ``[lock]``, which fails.

    A test and no error of collection, so that it stops no other test.
    """

    def __init__(self, *, damage: PromptEvoError, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._damage = damage

    def runtest(self) -> None:
        """Says what is wrong."""
        raise self._damage

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Returns where the item stands, for reports."""
        return shown_path(self.path), 0, self.name

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Returns the message alone."""
        return f"{excinfo.value}\n  none of the suite's examples was tested"


class Failed(PromptEvoError):
    """A test failed; its text is the report."""


def shown_path(path: Path) -> Path:
    """Returns a path as pytest may write it."""
    written = one_line(str(path))
    return path if written == str(path) else type(path)(written)


def frames(cause: BaseException | None) -> str:
    """Returns the traceback of a user's function: its own frames, not those that led to it."""
    import traceback

    inner = _own_frames(cause)
    if cause is None or inner is None:
        return ""
    return "".join(traceback.format_exception(type(cause), cause, inner))[-_LONGEST:].rstrip()


def raised_at(cause: BaseException) -> str:
    """Returns where a user's function raised what, without the text, which may name values."""
    import traceback

    return "".join([*traceback.format_tb(_own_frames(cause)), type(cause).__qualname__])


def _module(step: TracebackType) -> str:
    """Returns the name of a frame's module; code of the user's may have called it anything."""
    return str(step.tb_frame.f_globals.get("__name__", ""))


def _own_frames(cause: BaseException | None) -> TracebackType | None:
    inner = cause.__traceback__ if cause else None
    while inner is not None and _module(inner).startswith(_OWN):
        inner = inner.tb_next
    return inner
