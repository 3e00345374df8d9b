"""Descriptors of files that SQLite has open, kept until the last connection is closed.

POSIX locks belong to a process and a file: when a process closes any descriptor of a file, it
loses all its locks on it, SQLite's own among them (https://www.sqlite.org/howtocorrupt.html,
section 2.2). Another process would then take itself for the last user of the file and delete the
log of writes under the hands of this one. So what else is read of the file is read through a
descriptor that outlives all connections of this process.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class _Open:
    descriptor: int
    users: int


_open: dict[tuple[int, int], _Open] = {}
_lock = threading.Lock()


class OpenFile:
    """A file that a connection is about to be opened to; `close` it after the connection.

    Args:
        path: The file.
        is_new: Whether to make it where it is missing.

    Attributes:
        identity: Device and inode of the file.

    Raises:
        OSError: if it cannot be opened.
    """

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        flags = os.O_RDONLY | (os.O_CREAT if is_new else 0)
        flags |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)  # a pipe must not hang
        with _lock:
            try:
                found = os.stat(path)  # noqa: PTH116
                known = _open.get((found.st_dev, found.st_ino))
            except FileNotFoundError:
                known = None
            if known is None:
                descriptor = os.open(path, flags, 0o666)
                found = os.fstat(descriptor)
                # Of a file that took the place meanwhile and is open already, this one stays open.
                known = _open.setdefault((found.st_dev, found.st_ino), _Open(descriptor, 0))
            known.users += 1
            self.identity = (found.st_dev, found.st_ino)

    def head(self, size: int) -> bytes:
        """Returns the first bytes of the file."""
        descriptor = _open[self.identity].descriptor
        with _lock:  # the position of a descriptor is everybody's
            os.lseek(descriptor, 0, os.SEEK_SET)
            return os.read(descriptor, size)

    def close(self) -> None:
        """Gives the descriptor back; the last one closes it."""
        with _lock:
            known = _open[self.identity]
            known.users -= 1
            if not known.users:
                os.close(known.descriptor)
                del _open[self.identity]


def _forget() -> None:
    """In a child process: SQLite's connections are left to the parent, and these with them."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
