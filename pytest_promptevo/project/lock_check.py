"""Whether a lock and its suites still belong together."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError, SuiteError, shown_path
from pytest_promptevo.suite.naming import suite_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_promptevo.project.suite_run import SuiteRun


def check_suite(run: SuiteRun, *, needs_entry: bool = True) -> None:
    """Checks that a suite has an entry, one that still describes it, and its recordings.

    Args:
        run: The suite.
        needs_entry: Whether a suite that is no draft needs an entry.

    Raises:
        LockError: saying what changed.
    """
    if problem := problem_with(run, needs_entry=needs_entry):
        raise problem


def problem_with(run: SuiteRun, *, needs_entry: bool = True) -> LockError | None:
    """Returns what `check_suite` raises: one hint for all tests that have this cause."""
    lock, name = run.lock_path.name, run.suite.name
    command = f"pytest {shlex.quote(shown_path(run.suite.path))}"
    if run.outer_lock is not None:
        return run.outer_lock
    if problem := run.foreign():
        # Recordings that are not the lock's are not to be believed; where none are, what was
        # asked before serves.
        is_there = run.against.foreign(run.lock_path) and run.against.committed.digest
        anew = " --promptevo-record=all" if is_there else ""
        return LockError(
            problem,
            hint=f"restore both from version control (git checkout -- {lock} "
            f"promptevo_recordings), or accept what the models answer now: {command}{anew} "
            "--promptevo-update-lock",
        )
    if run.entry is None and needs_entry and not run.suite.draft:
        return LockError(
            f"{name} has no entry in {lock}",
            hint=f"{command} --evolve searches a better genome and locks it, {command} "
            "--promptevo-update-lock locks it as it is, failures included",
        )
    if run.stale:
        return LockError(
            f"{lock} does not match {name}: {', '.join(run.stale)} changed",
            hint=f"{command} --promptevo-update-lock accepts the change, {command} --evolve "
            "searches a better genome if it fails; or undo the change",
        )
    return None


def check_entries(lock_path: Path, entries: Iterable[str], suites: Iterable[Path]) -> None:
    """Checks that each entry of a lock has a suite, whether this run collects it or not.

    Args:
        lock_path: The lock.
        entries: Names of the entries that no collected suite has.
        suites: The suite files that belong to the lock.

    Raises:
        LockError: naming the entries without a suite.
    """
    gone = set(entries)
    try:
        for path in suites:
            if not gone:
                return
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
