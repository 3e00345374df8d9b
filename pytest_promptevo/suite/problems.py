"""Errors of one suite file, with their lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SuiteError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from pytest_promptevo.base.yaml_reader import Located, Path_


@dataclass(frozen=True)
class Problems:
    """Makes the errors of one file.

    Attributes:
        path: The file.
        located: Its data and lines.
        text: The file as it is.
    """

    path: Path
    located: Located
    text: str
    error: type[SuiteError] = SuiteError

    def at(self, where: Path_, message: str, hint: str = "") -> SuiteError:
        """Returns an error at a part of the file."""
        return self.error(message, path=self.path, line=self.located.line(where), hint=hint)

    def unknown(self, where: Path_, message: str, name: str, known: Iterable[str]) -> SuiteError:
        """Returns an error about an unknown name, with the nearest known one."""
        return self.at(where, message, did_you_mean(name, known))

    def check_keys(self, part: Iterable[str], known: Collection[str], where: Path_) -> None:
        """Checks the keys of a part of the file.

        Raises:
            SuiteError: for the first one that is not known.
        """
        for key in part:
            if key not in known:
                raise self.unknown((*where, key), f"unknown key {key!r}", key, known)
