"""A whole night: every suite of a lock in turn, within its budget, and the report."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.base.private_folder import turn_to_write
from pytest_promptevo.base.text import shown
from pytest_promptevo.base.text_files import atomic_write
from pytest_promptevo.errors import LockError, PromptEvoError, SettingsError, did_you_mean
from pytest_promptevo.lock import read_lock
from pytest_promptevo.night.nights import LARGEST_NUMBER, Night, NightFolder
from pytest_promptevo.night.report import check_report_path, code, report
from pytest_promptevo.night.reward_model import Keep
from pytest_promptevo.night.suite_night import undo_of, work_on
from pytest_promptevo.night.tonight import Tonight
from pytest_promptevo.project import Project, Settings
from pytest_promptevo.project.reporter import Silent
from pytest_promptevo.project.suite_files import lock_path_of, suite_files
from pytest_promptevo.suite import load_suite

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.project.reporter import Reporter
    from pytest_promptevo.state.opening import Place
    from pytest_promptevo.state.sql_state import SqlState

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Orders:
    """What a night is asked to do.

    Attributes:
        lock: The lock.
        place: Where the store of production is.
        budget: ``calls`` and ``seconds`` of all searches together.
        suites: Names of the suites; none: all of the lock.
        keep: Which children the reward model keeps.
        report: Where the report goes.
        number: Number of the night; None: the next one.
        root: The project's folder, where pytest runs; None: that of the lock.
    """

    lock: Path
    place: Place
    budget: Mapping[str, float] = field(default_factory=dict)
    suites: Sequence[str] = ()
    keep: Keep = field(default_factory=Keep)
    report: Path | None = None
    number: int | None = None
    root: Path | None = None

    def __post_init__(self) -> None:
        """Refuses what would be ignored.

        Raises:
            SettingsError: for a bound that a night does not have, or a number that is none.
        """
        for bound in self.budget:
            if bound not in ("calls", "seconds"):
                raise SettingsError(
                    f"a night's budget has calls and time, not {bound}: '900', '30m', '900 30m'"
                )
        if self.number is not None and not 0 <= self.number <= LARGEST_NUMBER:
            raise SettingsError(
                f"a night's number is a whole number from 0 to {LARGEST_NUMBER}, "
                f"not {shown(self.number)}"
            )


@dataclass(frozen=True)
class Done:
    """What a night has done.

    Attributes:
        report: Where its report is.
        text: The report.
        failed: Names of the suites for which it could not be done.
    """

    report: Path
    text: str
    failed: tuple[str, ...]


def work(orders: Orders, reporter: Reporter | None = None) -> Done:
    """Does a night's work, or goes on with one that was killed.

    It writes files and runs nothing of version control.

    Raises:
        StateBusy: if another night is at work.
        SettingsError: if a suite is not in the lock, or the report would replace another file.
        PromptEvoError: if lock or store cannot be used.
        OSError: if a file cannot be written.
    """
    lock = orders.lock.resolve()
    if not lock.exists():
        raise LockError("no such lock", path=lock, hint="write it with pytest --evolve")
    root = (orders.root or lock.parent).resolve()
    if not lock.is_relative_to(root):
        raise SettingsError(f"{lock} is not below the project's folder, {root}")
    folder = NightFolder(lock)
    if orders.report is not None:
        check_report_path(orders.report)
    with folder.alone():
        with turn_to_write(lock.parent, _PATIENCE_S):
            restored = undo_of(folder, root).back().told()
        return _Work(orders, lock, root, folder, reporter or Silent(), restored).done()


class _Work:
    def __init__(
        self,
        orders: Orders,
        lock: Path,
        root: Path,
        folder: NightFolder,
        reporter: Reporter,
        restored: Sequence[str],
    ) -> None:
        self._orders, self._lock, self._root, self._folder = orders, lock, root, folder
        self._reporter, self._restored = reporter, restored
        self._start = time.monotonic()
        self._failed: list[str] = []

    def done(self) -> Done:
        orders, folder = self._orders, self._folder
        names = self._names()
        night = folder.night(number=orders.number)
        folder.save(night)
        paths = self._paths(names)
        state = orders.place.open(_PATIENCE_S) if self._has_store() else None
        try:
            if state is not None:
                state.prepare()
            told = dict(night.done)
            for name in names:
                if name in told:
                    continue
                told[name] = self._suite(night, name, paths.get(name), state, len(names))
                if name not in self._failed:  # one that failed is tried again
                    night.done[name] = told[name]
                    folder.save(night)
        finally:
            if state is not None:
                state.close()
        return self._told(night, told)

    def _names(self) -> list[str]:
        entries = read_lock(self._lock).entries
        for name in self._orders.suites:
            if name not in entries:
                raise SettingsError(
                    f"{self._lock.name} has no suite {name!r}: {did_you_mean(name, entries)}"
                )
        return sorted(self._orders.suites or entries)

    def _paths(self, names: Sequence[str]) -> dict[str, Path]:
        """Returns the suite files by name; of one that cannot be read, another will tell."""
        root, found = self._root, {}
        for path in suite_files(root):
            if lock_path_of(path, root) == self._lock:
                try:
                    name = load_suite(path, root).name
                except PromptEvoError as exc:
                    self._reporter.say(str(exc))
                    continue
                if name in names:
                    found[name] = path
        return found

    def _has_store(self) -> bool:
        address = self._orders.place.address
        return not isinstance(address, Path) or address.exists()

    def _suite(
        self, night: Night, name: str, path: Path | None, state: SqlState | None, count: int
    ) -> list[str]:
        if path is None:
            self._failed.append(name)
            return ["no suite file can be read for it"]
        calls = self._orders.budget.get("calls")
        settings = Settings(evolve="all", seed=night.number)
        with Project.open(self._root, settings, self._reporter) as project:
            tonight = Tonight(
                project,
                state,
                self._folder,
                night.number,
                self._orders.keep,
                None if calls is None else int(calls // count),
                self._left(),
            )
            try:
                work_on(tonight, path.relative_to(self._root))
            except (PromptEvoError, OSError) as exc:
                self._failed.append(name)
                tonight.told.append(f"it could not be done: {code(exc)}")
            return tonight.told

    def _left(self) -> float | None:
        seconds = self._orders.budget.get("seconds")
        return None if seconds is None else seconds - (time.monotonic() - self._start)

    def _told(self, night: Night, told: Mapping[str, Sequence[str]]) -> Done:
        text = report(night, told, self._restored)
        path = self._orders.report or self._folder.path / "report.md"
        check_report_path(path)
        atomic_write(path, text)
        if not self._failed:
            night.finished = True
            self._folder.save(night)
        return Done(path, text, tuple(self._failed))
