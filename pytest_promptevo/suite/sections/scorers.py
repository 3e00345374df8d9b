"""The section ``scorers`` of a suite file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from inspect import signature
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.source_files import files_of
from pytest_promptevo.base.text import shorten
from pytest_promptevo.scorers import Factory, ScorerSet, build, named_alone
from pytest_promptevo.scorers.judge import judge
from pytest_promptevo.suite.conftests import conftests_that_offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite.file_schema import SuiteSpec
    from pytest_promptevo.suite.problems import Problems

_SECTION = ("scorers",)

_USUAL_JUDGE = signature(judge).parameters["role"].default
"""The role that the scorer `judge` asks if a suite names none."""


def read_scorers_by_name(
    spec: SuiteSpec, problems: Problems, _examples: tuple[Example, ...] = ()
) -> ScorerSet:
    """Returns what is known of the scorers without their code.

    Raises:
        SuiteError: if what the suite says of one has the wrong form.
    """
    try:
        return named_alone(spec.scorers)
    except ValueError as exc:
        raise problems.at(_SECTION, str(exc)) from None


def roles_that_judge(spec: SuiteSpec, made: ScorerSet, examples: Sequence[Example]) -> set[str]:
    """Returns the roles of models that scorers ask.

    Args:
        spec: What the suite file says. It tells even where the scorers' code is out of reach.
        made: The scorers, as far as they are known.
        examples: Examples, whose own options may name other roles.
    """
    special = [example for example in examples if example.scorers]
    told: list[Mapping[str, Any]] = [example.scorers for example in special]
    told += [{each: {}} if isinstance(each, str) else each for each in spec.scorers]
    named = [_role(name, given) for each in told for name, given in each.items()]
    asked = [role for each in (None, *special) for _, role in made.roles(each)]
    return {role for role in (*named, *asked) if role}


def _role(scorer: str, options: Any) -> str:
    role = options.get("role") if isinstance(options, Mapping) else None
    return str(role or (_USUAL_JUDGE if scorer == "judge" else ""))


@dataclass(frozen=True)
class ScorerReader:
    """Builds the scorers of a suite.

    Attributes:
        spec: What the suite file says.
        problems: Makes its errors.
        root: The project's folder.
        extra: Scorers of plugins and ``conftest.py``, by name.
        lost: What is wrong with packages whose scorers could not be had.
        offering: The modules, objects and functions that offer scorers.
    """

    spec: SuiteSpec
    problems: Problems
    root: Path
    extra: Mapping[str, Factory]
    lost: Sequence[str]
    offering: Sequence[object]

    def read(self, examples: tuple[Example, ...]) -> ScorerSet:
        """Returns the scorers, checked with the options that examples give them.

        Raises:
            SuiteError: if a scorer, an option or a model role is unknown or wrong.
        """
        try:
            made = build(self.spec.scorers, self.extra, self.root, self.lost)
        except ValueError as exc:
            raise self.problems.at(_SECTION, str(exc)) from None
        names = {entry.name for entry in made.entries}
        if names & set(self.extra):
            made = replace(made, files=(*made.files, *self._offering()))
        self._check_roles(made.roles())
        for example in examples:
            self._check_example(example, made, names)
        return made

    def _check_example(self, example: Example, made: ScorerSet, names: set[str]) -> None:
        if unknown := sorted(set(example.scorers) - names):
            message = f"example {example.id!r} has options for scorer {unknown[0]!r}"
            raise self.problems.unknown(_SECTION, message, unknown[0], names)
        try:
            made.check_overrides(example)
        except ValueError as exc:
            raise self.problems.at(_SECTION, f"example {example.id!r}: {exc}") from None
        self._check_roles(made.roles(example) if example.scorers else ())

    def _check_roles(self, roles: Iterable[tuple[str, str]]) -> None:
        for name, role in roles:
            if role not in self.spec.models:
                message = f"scorer {name}: unknown model role {shorten(repr(role), 80)}"
                raise self.problems.unknown(_SECTION, message, role, self.spec.models)

    def _offering(self) -> list[Path]:
        """Returns the files that offer scorers, and the ``conftest.py`` that may have a part."""
        return [
            *conftests_that_offer(self.problems.path, self.root),
            *files_of(list(self.offering), self.root),
        ]
