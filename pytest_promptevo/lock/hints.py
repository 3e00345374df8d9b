"""What to do about a lock that cannot be read: one hint, whatever is wrong with it.

Runs write the lock. So nearest spellings and the like, which would have it mended by hand, are
replaced: that breaks its checksums.
"""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError, shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ONE_SIDE = (
    "take the lock and promptevo_recordings/ of one side (git checkout --ours or --theirs), then "
    "run pytest --promptevo-update-lock; what the other side has locked of other suites is then "
    "to be locked again"
)
UPDATE = "a newer pytest-promptevo has written it: update yours"


@contextmanager
def restoring(path: Path, *, is_side: bool = False) -> Iterator[None]:
    """Lets every error about what stands in a lock say how to get back a good one.

    Args:
        path: The lock.
        is_side: Whether it is a side of a merge, which version control cannot restore.
    """
    try:
        yield
    except LockError as exc:
        exc.hint = ONE_SIDE if is_side else _restore(path)
        raise


def merge(path: Path, *, is_whole: bool) -> str:
    """Returns what to do about conflict markers.

    Args:
        path: The lock.
        is_whole: Whether nobody has taken a part of them out yet.
    """
    whole = "" if is_whole else f"bring the whole conflict back: {_checkout(path, ' --merge')}; "
    return (
        f"{whole}merge suites and promptevo_recordings/ first; then pytest "
        "--promptevo-update-lock takes each entry from the side that changed it"
    )


def one_entry(path: Path, suite: str) -> str:
    """Returns what to do about an entry that both sides of a merge have changed.

    Nothing else of the lock is lost that way.

    Args:
        path: The lock.
        suite: The suite's name.
    """
    recordings = path.parent / "promptevo_recordings" / f"{suite}.jsonl"
    return (
        "bring the recordings of the side that is meant "
        f"({_checkout(recordings, ' BRANCH')}) and leave the lock as it is; then pytest "
        "--promptevo-update-lock takes the entry that belongs to them"
    )


def _restore(path: Path) -> str:
    return (
        f"restore it from version control: {_checkout(path)} (if it was committed like that: "
        f"{_checkout(path, ' COMMIT')}). Only if no good one is left, delete it and run pytest "
        "--promptevo-update-lock: that drops the genomes that --evolve has found and their "
        "held-out figures, and pytest --evolve searches again"
    )


def _checkout(path: Path, what: str = "") -> str:
    return f"git checkout{what} -- {shlex.quote(shown_path(path))}"
