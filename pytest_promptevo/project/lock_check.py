"""``--promptevo-locked``: whether the lock and the suites still belong together."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError, SuiteError
from pytest_promptevo.suite.naming import ENDINGS, suite_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_promptevo.project.project import State
    from pytest_promptevo.project.suite_run import SuiteRun


def check_suite(run: SuiteRun) -> None:
    """Checks that a suite has an entry, and one that still describes it.

    Raises:
        LockError: saying what changed.
    """
    lock, name = run.lock_path.name, run.suite.name
    if run.entry is None and not run.suite.draft:
        raise LockError(
            f"{name} has no entry in {lock}",
            hint="run pytest --evolve, or --promptevo-update-lock to accept even failures",
        )
    if run.stale:
        raise LockError(
            f"{lock} does not match {name}: {', '.join(run.stale)} changed",
            hint="run pytest --evolve, or --promptevo-update-lock to accept the change",
        )


def check_lock(state: State, lock_path: Path, skipped: Sequence[str]) -> None:
    """Checks that each entry of a lock has a suite, whether this run collects it or not.

    Args:
        state: The run's state.
        lock_path: The lock.
        skipped: Patterns of folders that pytest does not look into.

    Raises:
        LockError: naming the entries without a suite.
    """
    gone = set(state.lock(lock_path).entries)
    gone -= {run.suite.name for run in state.runs.values() if run.lock_path == lock_path}
    try:
        for path in _suite_files(lock_path.parent, skipped):
            if not gone:
                return
            if state.lock_path(path) == lock_path:
                gone.discard(suite_name(path))
    except SuiteError:
        return  # a broken file may be the missing suite; collecting it tells what is wrong
    if gone:
        names = ", ".join(sorted(gone))
        raise LockError(
            f"no suite is left for: {names}",
            path=lock_path,
            hint="put the suite files back, or delete these entries and their files in "
            "promptevo_recordings/ (a renamed suite: then run pytest --promptevo-update-lock)",
        )


def _suite_files(folder: Path, skipped: Sequence[str]) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = [
            name
            for name in folders
            if not any(fnmatch(name, pattern) for pattern in skipped)
            and not Path(where, name, "pyvenv.cfg").exists()
        ]
        yield from (Path(where, name) for name in files if name.endswith(ENDINGS))
