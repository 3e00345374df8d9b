"""Whether a process still lives: each holds a file's lock, which the system frees at its end."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from filelock import BaseFileLock

_ENDING = ".alive"
_NAME = re.compile(r"[0-9a-f]{16}\Z")


class Presence:
    """The names under which processes are there, each the name of a locked file.

    A number of a process says less: it is used again, stands for a zombie, too, and means
    nothing in another namespace.

    Args:
        folder: Where the files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: BaseFileLock | None = None
        self.name = ""

    @property
    def is_there(self) -> bool:
        """Whether the caller is there."""
        return self._held is not None

    def enter(self) -> None:
        """Is there from now on, under a name of its own; nobody may `sweep` meanwhile.

        Raises:
            OSError: if the file cannot be made.
        """
        from filelock import FileLock  # a replay of committed recordings claims nothing

        name = secrets.token_hex(8)
        # One thread enters, another may leave.
        held = FileLock(self._path(name), timeout=0, thread_local=False)
        held.acquire()
        self.name, self._held = name, held

    def leave(self) -> None:
        """Is no longer there. Leaving twice is fine."""
        if self._held is not None:
            self._held.release()
            self._path(self.name).unlink(missing_ok=True)
            self._held = None

    def has_left(self, name: str) -> bool:
        """Whether nobody is there under a name (any longer); its file is then removed."""
        from filelock import FileLock, Timeout

        if self._held is not None and name == self.name:
            return False
        path = self._path(name)
        if path.is_symlink():  # none of ours: opened, it would change what it leads to
            path.unlink(missing_ok=True)
            return True
        if not _NAME.match(name) or not path.exists():
            return True
        try:
            with FileLock(path, timeout=0):
                pass
        except Timeout:
            return False
        path.unlink(missing_ok=True)
        return True

    def sweep(self) -> Iterator[str]:
        """Removes the files of those who have left; yields their names."""
        for path in self._folder.glob(f"*{_ENDING}"):
            if self.has_left(path.name.removesuffix(_ENDING)):
                yield path.name.removesuffix(_ENDING)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}{_ENDING}"
