"""The two ends of a change: the files of a commit, or of the work tree."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pytest_promptevo.base.text_files import decoded, read_bytes
from pytest_promptevo.review.bounds import Bounds
from pytest_promptevo.suite.files import Disk

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_promptevo.errors import InputError
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.review.git import Repository
    from pytest_promptevo.suite.files import Load


class Tree(Protocol):
    """Files by their absolute paths, which need not lie on the disk (see `suite.files.Files`).

    Attributes:
        top: The top folder.
        label: What people call it.
    """

    top: Path
    label: str

    @property
    def names(self) -> Collection[str]:
        """The paths of all files, from the top folder and with ``/``."""

    def resolved(self, path: Path) -> Path:
        """Returns the path itself, without links and ``..``."""

    def is_file(self, path: Path) -> bool:
        """Whether there is such a file."""

    def is_folder(self, path: Path) -> bool:
        """Whether there is such a folder."""

    def text(self, path: Path, error: type[InputError], /) -> str:
        """Returns the text of a file; raises an error of the class."""

    def examples(self, path: Path, load: Load) -> tuple[Example, ...]:
        """Returns what is made of a file, or was made of it before."""

    def content(self, path: Path) -> bytes | None:
        """Returns the bytes of a file, or None if there is none that can be read."""


class CommitTree:
    """The files of a commit, read from git's objects.

    Args:
        repository: Reads them.
        commit: Its id.
    """

    def __init__(self, repository: Repository, commit: str) -> None:
        self.top = Path(os.path.normpath(repository.top))
        self.label = commit[:12]
        self._repository = repository
        self._blobs = repository.files(commit)
        self._bounds = Bounds(self.label)

    @property
    def names(self) -> Collection[str]:
        """The paths of all files."""
        return self._blobs

    @cached_property
    def _folders(self) -> set[str]:
        return {str(folder) for name in self._blobs for folder in Path(name).parents}

    def resolved(self, path: Path) -> Path:
        """Returns the path without ``..``; a link is a file here, and not followed."""
        return Path(os.path.normpath(path))

    def is_file(self, path: Path) -> bool:
        """Whether the commit has such a file."""
        return self._name(path) in self._blobs

    def is_folder(self, path: Path) -> bool:
        """Whether the commit has such a folder."""
        return self._name(path) in self._folders

    def text(self, path: Path, error: type[InputError], /) -> str:
        """Returns the text of a file of the commit.

        Raises:
            InputError: (as `error`) if it is missing, a link, too large or not UTF-8.
        """
        blob = self._blobs.get(self._name(path))
        if blob is None:
            raise error("no such file", path=path, line=1)
        if not blob.is_regular:
            raise error("it is a link, and links are not followed here", path=path, line=1)
        try:
            return decoded(self._bounds.counted(self._repository.read(blob)), path, error)
        except OSError as exc:
            raise error(f"cannot be read: {exc.strerror}", path=path, line=1) from None

    def content(self, path: Path) -> bytes | None:
        """Returns the bytes of a file, or None."""
        blob = self._blobs.get(self._name(path))
        try:
            content = self._repository.read(blob) if blob and blob.is_regular else None
        except OSError:
            return None
        return self._bounds.counted(content) if content else content

    def examples(self, path: Path, load: Load) -> tuple[Example, ...]:
        """Returns what is made of a file, for files of one object once."""
        blob = self._blobs.get(self._name(path))
        if blob is None or not blob.is_regular:
            return load(path, self.text)  # which tells what is wrong
        key = (blob.name, path.suffix.lower(), load)
        known = self._repository.examples
        if key not in known:
            known[key] = load(path, self.text)
        return known[key]

    def _name(self, path: Path) -> str:
        return path.relative_to(self.top).as_posix() if path.is_relative_to(self.top) else ".."


class WorkTree(Disk):
    """The files on the disk that are tracked, or new and not ignored.

    Args:
        repository: Knows which.
    """

    label = "the work tree"

    def __init__(self, repository: Repository) -> None:
        self.top = repository.top.resolve()
        self._repository = repository
        self._bounds = Bounds(self.label)
        self._examples: dict[tuple[Path, Load], tuple[Example, ...]] = {}

    @cached_property
    def names(self) -> Collection[str]:
        """The paths of all files."""
        return self._repository.in_work_tree()

    def text(self, path: Path, error: type[InputError], /) -> str:
        """Returns the text of a file below the top folder.

        Raises:
            InputError: (as `error`) if it is missing, leads out, is too large or not UTF-8.
        """
        if not self._is_below(path):
            raise error("it is a link out of the repository", path=path, line=1)
        text = super().text(path, error)
        self._bounds.counted(text.encode())
        return text

    def examples(self, path: Path, load: Load) -> tuple[Example, ...]:
        """Returns what is made of a file, once."""
        key = (path, load)
        if key not in self._examples:
            self._examples[key] = load(path, self.text)
        return self._examples[key]

    def content(self, path: Path) -> bytes | None:
        """Returns the bytes of a file, or None."""
        try:
            content = read_bytes(path) if self._is_below(path) else None
        except OSError:
            return None
        return self._bounds.counted(content) if content else content

    def _is_below(self, path: Path) -> bool:
        try:
            return path.resolve().is_relative_to(self.top)
        except (OSError, RuntimeError):
            return False
