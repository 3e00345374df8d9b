"""``promptevo merge``: merges a lock entry by entry, when git asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.commands import options

if TYPE_CHECKING:
    import argparse


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
        "lock as it is, and run pytest --promptevo-update-lock.",
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

    paths = [Path(name) for name in (told.base, told.ours, told.theirs)]
    base, ours, theirs = (read_text(path, LockError) for path in paths)
    lock = Path(told.path or told.ours)
    try:
        merged = merge_versions(base, ours, theirs, lock)
    except LockError as exc:
        atomic_write(paths[1], conflicting(base, ours, theirs))
        options.complain(f"a side of the merge cannot be read: {exc.message} ({lock})")
        return 1
    atomic_write(paths[1], merged.text)
    for name in merged.undecided:
        options.complain(f"{lock}: both sides of the merge changed entry {name!r}")
    return 1 if merged.undecided else 0
