"""A git repository, read: names of commits, their files, the contents of these."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.text_files import LARGEST_FILE
from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SECONDS = 60
_REGULAR = ("100644", "100755", "100664")

_GIT = ("git", "-c", "core.fsmonitor=false")
"""Git, without the program that a configuration lets it ask what changed."""

_ALONE = {
    "GIT_NO_LAZY_FETCH": "1",  # a clone without all objects asks no server for them
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

_SHALLOW = (
    "in CI it may not have been fetched: actions/checkout takes fetch-depth: 0 "
    "(git fetch --unshallow elsewhere)"
)


class Blob(NamedTuple):
    """A file of a commit.

    Attributes:
        name: The object's name.
        size: Its bytes.
        is_regular: Whether it is a file, and no link.
    """

    name: str
    size: int
    is_regular: bool


class Repository:
    """Reads objects; as a context manager it ends the process that reads them.

    Args:
        top: The top folder of the work tree.
    """

    def __init__(self, top: Path) -> None:
        self.top = top
        self._reader: subprocess.Popen[bytes] | None = None

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """Returns the repository that a folder is in.

        Raises:
            SettingsError: if it is in none, or there is no git.
        """
        told = _run(["rev-parse", "--show-toplevel"], folder).decode("utf-8", "surrogateescape")
        return cls(Path(told.rstrip("\n")))

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        if self._reader is not None:
            for pipe in (self._reader.stdin, self._reader.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            self._reader.wait(_SECONDS)
            self._reader = None

    def commit(self, name: str) -> str:
        """Returns the id of a commit.

        Args:
            name: A branch, a tag, an id, ``HEAD^1``.

        Raises:
            SettingsError: if there is none.
        """
        asked = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
        found = _run(asked, self.top, may_fail=True).decode().strip()
        if not found:
            raise SettingsError(f"no commit {shorten(repr(name), 100)}: {_SHALLOW}")
        return found

    def merge_base(self, one: str, other: str) -> str:
        """Returns the commit where two commits have parted.

        Raises:
            SettingsError: if they have no history in common.
        """
        found = _run(["merge-base", one, other], self.top, may_fail=True).decode().strip()
        if not found:
            raise SettingsError(f"{one[:12]} and {other[:12]} have no commit in common: {_SHALLOW}")
        return found.splitlines()[0]

    def files(self, commit: str) -> Mapping[str, Blob]:
        """Returns the files of a commit by their paths from the top folder, with ``/``."""
        listed = _run(["ls-tree", "-r", "-z", "-l", "--full-tree", commit], self.top)
        return dict(_rows(listed))

    def in_work_tree(self) -> list[str]:
        """Returns the paths of the files that are tracked, or new and not ignored."""
        asked = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name"]
        listed = _run([*asked, ":/"], self.top)
        names = dict.fromkeys(os.fsdecode(each) for each in listed.split(b"\0") if each)
        return [name for name in names if os.path.lexists(self.top / name)]

    def read(self, blob: Blob) -> bytes:
        """Returns the content of a file.

        Raises:
            OSError: if it is too large, or cannot be read.
        """
        if blob.size > LARGEST_FILE:
            raise OSError(0, f"it is larger than {LARGEST_FILE >> 20} MiB")
        reader = self._reader = self._reader or self._start()
        if reader.stdin is None or reader.stdout is None:
            raise OSError(0, "git cannot be read from")
        reader.stdin.write(f"{blob.name}\n".encode())
        reader.stdin.flush()
        head = reader.stdout.readline().split()
        if len(head) != 3 or head[1] != b"blob":
            raise OSError(0, "git does not have it (a clone without all objects?)")
        content = reader.stdout.read(int(head[2]))
        reader.stdout.read(1)
        return content

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*_GIT, "cat-file", "--batch"],
            cwd=self.top,
            env={**os.environ, **_ALONE},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )


def _rows(listed: bytes) -> Iterator[tuple[str, Blob]]:
    for row in listed.split(b"\0"):
        about, tab, path = row.partition(b"\t")
        if not tab:
            continue
        mode, kind, name, size = about.decode().split()
        if kind == "blob":
            yield os.fsdecode(path), Blob(name, int(size), mode in _REGULAR)


def _run(asked: list[str], folder: Path, *, may_fail: bool = False) -> bytes:
    try:
        done = subprocess.run(
            [*_GIT, *asked],
            cwd=folder,
            env={**os.environ, **_ALONE},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise SettingsError("there is no git on this machine") from None
    except (OSError, subprocess.SubprocessError) as exc:
        raise SettingsError(f"git {asked[0]} failed: {exc}") from None
    if done.returncode and not may_fail:
        why = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise SettingsError(f"git {asked[0]}: {shorten(why, 500)}")
    return b"" if done.returncode else done.stdout
