"""``promptevo merge``: merges a lock entry by entry, when git asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.commands import options

if TYPE_CHECKING:
    import argparse


_MERGED, _CONFLICT = 0, 1

_BROKEN = 129
"""Git takes this for no merge at all; an older one for a conflict, whose message says so."""


def add_parser(commands: options.Commands) -> None:
    """Adds the command."""
    parser = options.add_command(
        commands,
        "merge",
        "merge a lock entry by entry, as a merge driver of git",
        "Takes each entry from the side that changed it, and of what fails of held-out examples "
        "the worst of both. The result is written to OURS. Entries that both sides have changed "
        "stand there with conflict markers, and the exit code is 1: bring the suite's file in "
        "promptevo_recordings/ of the side that is meant (git checkout BRANCH -- FILE), leave the "
        "lock as it is, and run pytest --promptevo-update-lock. A side that is no lock stands "
        "there whole; where OURS cannot be read or written, it stays, and the exit code is 129.",
        '  git config merge.promptevo.driver "promptevo merge %O %A %B %P"\n'
        "  echo 'promptevo.lock merge=promptevo' >> .gitattributes\n"
        "  echo 'promptevo_recordings/*.jsonl merge=union' >> .gitattributes",
    )
    parser.add_argument("base", metavar="BASE", help="%%O: what both sides come from")
    parser.add_argument("ours", metavar="OURS", help="%%A: our side, and where the result goes")
    parser.add_argument("theirs", metavar="THEIRS", help="%%B: the other side")
    parser.add_argument("path", metavar="PATH", nargs="?", help="%%P: the lock, for messages")
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Merges three versions of a lock."""
    from pytest_promptevo.base.text_files import atomic_write, read_text
    from pytest_promptevo.errors import LockError
    from pytest_promptevo.lock.three_way import conflicting, merge_versions

    base, ours, theirs = (Path(name) for name in (told.base, told.ours, told.theirs))
    lock = Path(told.path or told.ours)
    try:
        own = _lenient(ours)  # else nothing can be written to it either
        try:
            one, other = (read_text(path, LockError) for path in (ours, theirs))
            merged = merge_versions(_or_why_not(base), one, other, lock)
        except LockError as exc:
            atomic_write(ours, conflicting(own, _or_why_not(theirs)))
            options.complain(f"a side of the merge cannot be read: {exc.message} ({lock})")
            return _CONFLICT
        atomic_write(ours, merged.text)
    except OSError as exc:
        options.complain(f"{lock} was not merged: {exc.strerror or exc}")
        return _BROKEN
    for name in merged.undecided:
        options.complain(f"{lock}: both sides of the merge changed entry {name!r}")
    return _CONFLICT if merged.undecided else _MERGED


def _lenient(path: Path) -> str:
    """Returns a text, with escapes where it is none.

    Raises:
        OSError: if there is no such file, or none that can be read.
    """
    from pytest_promptevo.base.text_files import read_bytes

    return read_bytes(path).decode("utf-8-sig", "backslashreplace").replace("\r\n", "\n")


def _or_why_not(path: Path) -> str:
    """Returns the text of a side, or a comment for one that cannot be read."""
    try:
        return _lenient(path)
    except OSError as exc:
        return f"# this side cannot be read: {exc.strerror or exc}\n"
