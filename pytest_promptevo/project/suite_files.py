"""Where suites and their locks lie."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SuiteError
from pytest_promptevo.suite.naming import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LOCK_NAME = "promptevo.lock"

SKIPPED = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")
"""Patterns of folders that hold no suites of a project's own: pytest's ``norecursedirs``."""


def suite_files(folder: Path, skipped: Sequence[str] = SKIPPED) -> Iterator[Path]:
    """Yields the suite files below a folder, sorted within each folder.

    Args:
        folder: Where to look.
        skipped: Patterns of the names of folders that are not looked into; virtual
            environments never are.
    """
    for path in _files(folder, skipped):
        if path.name.endswith(ENDINGS):
            yield path


def lock_files(folder: Path, skipped: Sequence[str] = SKIPPED) -> Iterator[Path]:
    """Yields the locks below a folder; arguments as for `suite_files`."""
    for path in _files(folder, skipped):
        if path.name == LOCK_NAME:
            yield path


def _files(folder: Path, skipped: Sequence[str]) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not any(fnmatch(name, pattern) for pattern in skipped)
            and not Path(where, name, "pyvenv.cfg").exists()
        )
        yield from (Path(where, name) for name in sorted(files))


def lock_path_of(suite_path: Path, root: Path) -> Path:
    """Returns the nearest lock above a suite, or where one would be made: the root."""
    for folder in suite_path.parents:
        if (folder / LOCK_NAME).exists() or folder == root:
            return folder / LOCK_NAME
    return root / LOCK_NAME


def check_place(suite_path: Path, lock_path: Path, root: Path) -> None:
    """Refuses a suite whose lock lies in the project by its name, and elsewhere by a link.

    A folder can be committed as a link; lock, recordings and answers would be written there.

    Raises:
        SuiteError: if a folder on the way is a link out of the root.
    """
    folder = lock_path.parent
    if folder.is_relative_to(root) and not folder.resolve().is_relative_to(root.resolve()):
        raise SuiteError(
            f"{folder.relative_to(root).as_posix()} is (in) a link out of the project's folder, so "
            "nothing is written there",
            path=suite_path,
            hint="test the folder itself: pytest --rootdir=FOLDER FOLDER",
        )
