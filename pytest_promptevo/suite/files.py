"""Where a suite's files are read from: the disk, or a tree of version control."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from pytest_promptevo.base.text_files import read_text
from pytest_promptevo.errors import InputError

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Example

Read = Callable[[Path, type[InputError]], str]
"""Reads a text file, or raises an error of the class."""

Load = Callable[[Path, Read], "tuple[Example, ...]"]
"""Makes golden or few-shot examples of a file."""


class Files(Protocol):
    """Files by their paths, which need not lie on the disk."""

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


class Disk:
    """The files of the disk."""

    def resolved(self, path: Path) -> Path:
        """Returns the path itself, without links and ``..``."""
        return path.resolve()

    def is_file(self, path: Path) -> bool:
        """Whether there is such a file."""
        return path.is_file()

    def is_folder(self, path: Path) -> bool:
        """Whether there is such a folder."""
        return path.is_dir()

    def text(self, path: Path, error: type[InputError], /) -> str:
        """Returns the text of a file (see `read_text`)."""
        return read_text(path, error)

    def examples(self, path: Path, load: Load) -> tuple[Example, ...]:
        """Returns what is made of a file."""
        return load(path, self.text)
