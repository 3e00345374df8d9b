"""Which files of a project a night writes: its lock, the recordings, files of golden examples."""

from __future__ import annotations

from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.night.golden_file import golden_file
from pytest_promptevo.project.committed import recordings_path
from pytest_promptevo.project.suite_files import lock_path_of, suite_files
from pytest_promptevo.suite import load_suite

if TYPE_CHECKING:
    from pathlib import Path


class OwnFiles:
    """The files that nights of a lock may write beside their private folder.

    Args:
        lock: The lock.
        root: The project's folder; both absolute, without links.
    """

    def __init__(self, lock: Path, root: Path) -> None:
        self._lock = lock
        self._root = root

    def has(self, name: str) -> bool:
        """Whether a file is one of them.

        Args:
            name: Its path below the root, with slashes.
        """
        parts = PurePath(name).parts
        path = self._root / name
        if not parts or any(part.startswith(".") for part in parts) or "\0" in name:
            return False
        if path == self._lock:
            return True
        if path.suffix.lower() != ".jsonl" or path.resolve() != path:
            return False
        return path.parent == recordings_path(self._lock, "any").parent or path in self._goldens

    @cached_property
    def _goldens(self) -> frozenset[Path]:
        """Files of golden examples of the suites that can be loaded."""
        found = set()
        for path in suite_files(self._root):
            if lock_path_of(path, self._root) == self._lock:
                try:
                    found.add(golden_file(load_suite(path, self._root)))
                except PromptEvoError:
                    continue
        return frozenset(path for path in found if path is not None)
