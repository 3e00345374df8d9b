"""Where suites and their locks lie."""

from __future__ import annotations

import os
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

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
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if not any(fnmatch(name, pattern) for pattern in skipped)
            and not Path(where, name, "pyvenv.cfg").exists()
        )
        yield from (Path(where, name) for name in sorted(files) if name.endswith(ENDINGS))


def lock_path_of(suite_path: Path, root: Path) -> Path:
    """Returns the nearest lock above a suite, or where one would be made: the root."""
    for folder in suite_path.parents:
        if (folder / LOCK_NAME).exists() or folder == root:
            return folder / LOCK_NAME
    return root / LOCK_NAME
