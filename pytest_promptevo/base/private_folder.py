"""The folder beside a lock that version control ignores, and turns in writing beside it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.base.text_files import atomic_write, check_link

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAME = ".promptevo"
_TURN = "commit.lock"

UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    RecursionError,
)
"""What reading JSON from a private file raises where something else has written it: it may hold
numbers of any size, and be nested without end."""


def make_private(folder: Path) -> None:
    """Makes a folder that version control ignores, where it is missing.

    A folder that was there under another name is the user's: a store in it hides nothing else.

    Raises:
        OSError: if it cannot be made, or is a link to elsewhere.
    """
    check_link(folder)
    is_own = folder.name == NAME or not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if is_own and not ignore.exists():
        atomic_write(ignore, "*\n")  # a part of it would ignore nothing, and stay


def had_writers(folder: Path) -> bool:
    """Whether a process of this machine has ever taken its turn to write in a folder."""
    return (folder / NAME / _TURN).exists()


@contextmanager
def turn_to_write(folder: Path, seconds: float) -> Iterator[None]:
    """Waits until no other process writes what is committed in a folder.

    The turn ends with the block or, because the system frees a file's lock, with the process,
    however that ends.

    Args:
        folder: The folder of the lock.
        seconds: How long to wait at most.

    Raises:
        TimeoutError: if another process writes for longer.
        OSError: if the private folder cannot be written.
    """
    from filelock import FileLock  # a run that writes nothing needs none

    make_private(folder / NAME)
    check_link(folder / NAME / _TURN)
    with FileLock(folder / NAME / _TURN, timeout=seconds, poll_interval=0.02):
        yield
