"""A git repository, read: names of commits, their files, the contents of these."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.text_files import LARGEST_FILE
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.review.git_calls import SECONDS, heard, rows, run, start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite.files import Load

_REGULAR = ("100644", "100755", "100664")

_MOST_PATHS = 500_000
"""Files and folders of a commit that is read."""

_IN_FULL = "write it in full, as refs/heads/NAME, refs/remotes/origin/NAME or refs/tags/NAME"

_LONGEST_NAME = 200

_SHALLOW = (
    "in CI it may not have been fetched: actions/checkout takes fetch-depth: 0 "
    "(git fetch --unshallow elsewhere)"
)


class Blob(NamedTuple):
    """A file of a commit.

    Attributes:
        name: The object's name.
        is_regular: Whether it is a file, and no link.
    """

    name: str
    is_regular: bool


class Repository:
    """Reads objects; as a context manager it ends the processes that read them.

    Args:
        top: The top folder of the work tree.

    Attributes:
        top: As given.
        examples: What was made of files, by object, ending and what made it: many suites, and
            both ends of a change, may name one file.
    """

    def __init__(self, top: Path) -> None:
        self.top = top
        self.examples: dict[tuple[str, str, Load], tuple[Example, ...]] = {}
        self._readers: dict[str, subprocess.Popen[bytes]] = {}

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """Returns the repository that a folder is in.

        Raises:
            SettingsError: if it is in none, or there is no git.
        """
        try:
            told = run(["rev-parse", "--show-toplevel"], folder).decode("utf-8", "surrogateescape")
        except SettingsError as exc:
            if "not a git repository" not in str(exc):
                raise
            raise SettingsError(f"{exc}: run it in a git repository") from None
        return cls(Path(told.rstrip("\n")))

    def __enter__(self) -> Repository:
        return self

    def __exit__(self, *_: object) -> None:
        for reader in self._readers.values():
            for pipe in (reader.stdin, reader.stdout):
                with suppress(OSError):
                    if pipe is not None:
                        pipe.close()
            reader.wait(SECONDS)
        self._readers.clear()

    def commit(self, name: str) -> str:
        """Returns the id of a commit.

        Args:
            name: A branch, a tag, an id, ``HEAD^1``.

        Raises:
            SettingsError: if there is none, or the name means a branch and a tag: anyone who may
                push tags could have a change compared with itself.
        """
        asked = ["rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}"]
        found, complaints = heard(asked, self.top)
        shown = shorten(repr(name), 100)
        if not found:
            raise SettingsError(f"no commit {shown}{self._like(name)}: {_SHALLOW}")
        if b"is ambiguous" in complaints:
            raise SettingsError(f"{shown} names several commits: {_IN_FULL}")
        return found.decode().strip()

    def _like(self, name: str) -> str:
        """Returns which branch or tag may be meant: a remote's, or one that is spelt alike."""
        asked = ["for-each-ref", "--count=1000", "--format=%(refname:lstrip=2)"]
        told = run([*asked, "refs/heads", "refs/remotes", "refs/tags"], self.top, may_fail=True)
        known = told.decode("utf-8", "replace").split()
        near = [each for each in known if each.partition("/")[2] == name]
        near += get_close_matches(name[:_LONGEST_NAME], known, n=1)
        return f" (did you mean {shorten(repr(near[0]), 100)}?)" if near else ""

    def has_commit(self, name: str) -> bool:
        """Whether something is the name of a commit, and of one alone."""
        try:
            return bool(self.commit(name))
        except SettingsError:
            return False

    def merge_base(self, one: str, other: str) -> str:
        """Returns the commit where two commits have parted.

        Raises:
            SettingsError: if they have no history in common.
        """
        found = run(["merge-base", one, other], self.top, may_fail=True).decode().strip()
        if not found:
            raise SettingsError(f"{one[:12]} and {other[:12]} have no commit in common: {_SHALLOW}")
        return found.splitlines()[0]

    def files(self, commit: str) -> Mapping[str, Blob]:
        """Returns the files of a commit by their paths from the top folder, with ``/``.

        Raises:
            SettingsError: if there are too many.
        """
        # With -t folders count, too: of those without files git would print nothing.
        asked = ["ls-tree", "-r", "-t", "-z", "--full-tree", commit]
        try:
            return dict(_rows(rows(asked, self.top, _MOST_PATHS)))
        except SettingsError as exc:
            raise SettingsError(f"commit {commit[:12]}: {exc}") from None

    def in_work_tree(self) -> list[str]:
        """Returns the paths of the files that are tracked, or new and not ignored."""
        asked = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name"]
        listed = run(asked, self.top)  # without a pathspec, which GIT_LITERAL_PATHSPECS would bend
        names = dict.fromkeys(os.fsdecode(each) for each in listed.split(b"\0") if each)
        return [name for name in names if _is_no_folder(self.top / name)]

    def read(self, blob: Blob) -> bytes:
        """Returns the content of a file.

        Raises:
            OSError: if it is too large, or cannot be read.
        """
        # Its size is asked for alone: to tell a content, git has it in memory.
        _, size = self._asked("--batch-check", blob)
        if size > LARGEST_FILE:
            raise OSError(0, f"it is larger than {LARGEST_FILE >> 20} MiB")
        output, size = self._asked("--batch", blob)
        content = output.read(size)
        output.read(1)
        return content

    def _asked(self, how: str, blob: Blob) -> tuple[IO[bytes], int]:
        """Returns what the answer about a file stands in, behind its first line, and its size."""
        reader = self._readers.get(how)
        if reader is None:
            reader = start(["cat-file", how], self.top, subprocess.PIPE)
            self._readers[how] = reader
        if reader.stdin is None or reader.stdout is None:
            raise OSError(0, "git cannot be read from")
        reader.stdin.write(f"{blob.name}\n".encode())
        reader.stdin.flush()
        head = reader.stdout.readline().split()
        if len(head) != 3 or head[1] != b"blob":
            raise OSError(0, "git does not have it (a clone without all objects?)")
        return reader.stdout, int(head[2])


def _is_no_folder(path: Path) -> bool:
    """Whether there is a file or a link: of a submodule git names the folder."""
    return os.path.lexists(path) and (path.is_symlink() or not path.is_dir())


def _rows(listed: Iterable[bytes]) -> Iterator[tuple[str, Blob]]:
    for row in listed:
        about, _, path = row.partition(b"\t")
        mode, kind, name = about.decode().split()
        if kind == "blob":
            yield os.fsdecode(path), Blob(name, mode in _REGULAR)
