"""Locks above the one that a suite uses: what they know of it must not be out of sight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError, SuiteError, shown_path
from pytest_promptevo.project.committed import recordings_path
from pytest_promptevo.project.suite_files import LOCK_NAME, lock_path_of, suite_files
from pytest_promptevo.suite.naming import suite_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_promptevo.lock import Lockfile


def outer_lock_problem(
    suite_path: Path, name: str, used: Path, root: Path, read: Callable[[Path], Lockfile]
) -> LockError | None:
    """Returns what is wrong where another lock above a suite has something of it, too.

    An empty lock that is nearer would let it forget what was held out from its search.

    Args:
        suite_path: The suite.
        name: Its name.
        used: The lock that it uses, the nearest.
        root: The project's folder, beyond which nobody looks.
        read: Reads a lock.
    """
    for lock_path in _above(suite_path, root):
        if lock_path == used:
            continue
        try:
            has_entry = name in read(lock_path).entries
        except LockError as exc:
            return exc
        recordings = recordings_path(lock_path, name)
        if not (has_entry or recordings.exists()) or _has_own_suite(lock_path, name, root):
            continue
        what = f"an entry {name!r}" if has_entry else f"recordings of {name!r}"
        folder = shown_path(lock_path if has_entry else recordings)
        return LockError(
            f"{shown_path(used)} is the nearest lock of {shown_path(suite_path)}, but there "
            f"{'is' if has_entry else 'are'} {what} in {folder}, too, which would be forgotten",
            hint=f"delete the nearer lock, so that {shown_path(lock_path)} counts; or, if it shall "
            f"count no longer, delete what it has of {name!r}, and let reviewers see that",
        )
    return None


def _above(suite_path: Path, root: Path) -> Iterator[Path]:
    if not suite_path.is_relative_to(root):
        return
    for folder in suite_path.parents:
        yield folder / LOCK_NAME
        if folder == root:
            return


def _has_own_suite(lock_path: Path, name: str, root: Path) -> bool:
    """Whether a suite of that name belongs to a lock, which then is not about another one."""
    return any(
        lock_path_of(path, root) == lock_path and _name(path) == name
        for path in suite_files(lock_path.parent)
    )


def _name(path: Path) -> str:
    try:
        return suite_name(path)
    except SuiteError:
        return ""
