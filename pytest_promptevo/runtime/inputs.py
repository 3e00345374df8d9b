"""The inputs that a locked suite takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.errors import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Inputs:
    """Names of inputs.

    Attributes:
        needed: Those that must be given.
        optional: Those that may be given, too.
    """

    needed: frozenset[str]
    optional: frozenset[str] = frozenset()

    def check(self, suite: str, given: Iterable[str]) -> None:
        """Checks the names of the inputs that are given.

        Raises:
            TypeError: naming those that are missing or unknown.
        """
        __tracebackhide__ = True  # the test that gives wrong ones is the line to show
        names = set(given)
        known = self.needed | self.optional
        problems = []
        if missing := sorted(self.needed - names):
            problems.append(f"needs the input {_quoted(missing)}")
        if unknown := sorted(names - known):
            hint = did_you_mean(unknown[0], known - names or known)
            problems.append(f"takes no input {_quoted(unknown)}" + (f" ({hint})" if hint else ""))
        if problems:
            raise TypeError(f"{suite} {' and '.join(problems)}")


def _quoted(names: list[str]) -> str:
    return ", ".join(map(repr, names))
