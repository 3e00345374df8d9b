"""``search:`` and ``genome:`` of a suite file, as genes and a shipped genome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.numbers import is_number, is_quoted_number, is_whole
from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import did_you_mean
from pytest_promptevo.genome import (
    Choice,
    FewShot,
    Flag,
    Float,
    Gene,
    Genome,
    Int,
    SearchSpace,
)
from pytest_promptevo.prompt.gene_values import REAL, wanted
from pytest_promptevo.suite.golden import inline_examples
from pytest_promptevo.suite.sections.texts import TEXT_KEYS, TextReader, first_role, proposers

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.base.yaml_reader import Located, Path_
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite.problems import Problems
    from pytest_promptevo.suite.sections.texts import Guard

_NUMBER_KEYS = {"low", "high", "step", "log", "type"}
_SHOT_KEYS = {"few_shot", "max", "min"}


class SpaceReader:
    """Reads the two parts of one file.

    Args:
        located: The file's data and lines.
        problems: Makes the errors.
        resolve: Makes a path of a name in the file.
        load: Loads the examples of such a file.
        defaults: Shipped values of genes that a search may name alone.
        guard: Makes the judges of texts that are grown.

    Attributes:
        pool: Few-shot examples by id, filled by `space`; it stays the same object.
    """

    def __init__(
        self,
        located: Located,
        problems: Problems,
        resolve: Callable[[str, Path_], Path],
        load: Callable[[Path], tuple[Example, ...]],
        defaults: Mapping[str, Any],
        guard: Guard,
    ) -> None:
        self._located = located
        self._problems = problems
        self._resolve = resolve
        self._load = load
        self._defaults = defaults
        self._texts = TextReader(problems, guard)
        self.pool: dict[str, Example] = {}

    def space(self, search: Mapping[str, Any], genome: Mapping[str, Any]) -> SearchSpace | None:
        """Returns the search space, or None if nothing may vary.

        Args:
            search: ``search:`` of the file.
            genome: ``genome:``: a text that grows begins with the shipped one.
        """
        genes = {name: self._gene(name, spec, genome) for name, spec in search.items()}
        for name, gene in genes.items():
            self._check_kind(name, gene)
        return SearchSpace(genes) if genes else None

    def shipped(
        self, genome: Mapping[str, Any], space: SearchSpace | None, models: Mapping[str, str]
    ) -> Genome:
        """Returns the shipped genome, checked against the space and the models."""
        values = dict(genome)
        for name, value in self._defaults.items():
            if name in (space or ()):
                values.setdefault(name, value)
        if "model" not in values:
            values["model"] = first_role(models, space)
        for name, gene in (space or {}).items():
            if name not in values:
                raise self._problems.at(
                    ("search", name),
                    f"gene {name!r} has no shipped value",
                    f"add {name}: ... under genome:",
                )
            try:
                values[name] = gene.check(values[name])
            except ValueError as exc:
                raise self._problems.at(
                    ("genome", name),
                    f"shipped value of {name!r}: {exc}",
                    self._hint(name, gene, values[name]),
                ) from None
        for name, value in values.items():
            self._check_value(name, value, ("genome", name))
        self._check_fixed(values, space, models)
        return Genome(values)

    def _hint(self, name: str, gene: Gene, value: Any) -> str:
        """Returns what to do about a shipped value that its gene does not take."""
        if isinstance(gene, (Int, Float)) and is_quoted_number(value):
            return f"write the number without quotes: {name}: {value}"
        if isinstance(gene, Int) and isinstance(value, float) and not value.is_integer():
            return "write a whole number"
        if isinstance(gene, FewShot) and isinstance(value, list):
            lacking = [shot for shot in value if isinstance(shot, str) and shot not in self.pool]
            source = self._located.data["search"][name]["few_shot"]
            if lacking:
                where = source if isinstance(source, str) else "the list of search.shots.few_shot"
                return (
                    f"{where} has no example {lacking[0]!r}: {did_you_mean(lacking[0], self.pool)}"
                )
        return f"let search.{name} hold the shipped value, too"

    def _check_fixed(
        self, values: Mapping[str, Any], space: SearchSpace | None, models: Mapping[str, str]
    ) -> None:
        roles = {values["model"]}
        if space and isinstance(gene := space.get("model"), Choice):
            roles |= set(gene.options)
        for name, role in proposers(space).items():
            if role not in models:
                by: Path_ = ("search", name, "grow", "by")
                raise self._problems.unknown(by, f"unknown model role {role!r}", role, models)
        for role in roles:
            if role not in models:
                where = ("genome", "model") if role == values["model"] else ("search", "model")
                raise self._problems.unknown(where, f"unknown model role {role!r}", role, models)
        for shot in values.get("shots", ()):
            if shot not in self.pool:
                raise self._problems.at(
                    ("genome", "shots"),
                    f"few-shot example {shot!r} is not in a pool",
                    "name the pool: search.shots: {few_shot: FILE, max: N}",
                )

    def _gene(self, name: str, spec: Any, genome: Mapping[str, Any]) -> Gene:
        where = ("search", name)
        try:
            if isinstance(spec, list):
                is_flag = len(spec) == 2 and all(isinstance(each, bool) for each in spec)
                return Flag() if is_flag and spec[0] != spec[1] else Choice(spec)
            if isinstance(spec, Mapping):
                if "few_shot" in spec:
                    return self._few_shot(spec, where)
                if TEXT_KEYS & set(spec):
                    return self._texts.gene(name, spec, genome.get(name), where)
                return self._number(name, spec, where)
        except (ValueError, TypeError) as exc:
            raise self._problems.at(where, f"gene {name!r}: {exc}") from None
        raise self._problems.at(
            where,
            f"gene {name!r} must be a list of values or a mapping",
            "[a, b], {low: 0, high: 1, step: 0.1}, {few_shot: FILE, max: 4} or {grow: {}}",
        )

    def _number(self, name: str, spec: Mapping[str, Any], where: Path_) -> Gene:
        self._problems.check_keys(spec, _NUMBER_KEYS, where)
        for key in ("low", "high"):
            if not is_number(spec.get(key)):
                raise self._problems.at(where, f"gene {name!r} needs a number as {key!r}")
        step, log, kind = spec.get("step"), spec.get("log", False), spec.get("type")
        if step is not None and not is_number(step):
            raise ValueError(f"step must be a number, not {step!r}")
        if not isinstance(log, bool):
            raise ValueError(f"log must be true or false, not {log!r}")
        if kind not in (None, "int", "float"):
            raise ValueError(f"type must be int or float, not {kind!r}")
        given = [spec["low"], spec["high"], *([step] if step is not None and not log else [])]
        whole = kind == "int" or (kind is None and name not in REAL)
        if whole and all(isinstance(number, int) for number in given):
            return Int(spec["low"], spec["high"], step, log=log)
        if kind == "int":
            raise ValueError("low, high and step of an int gene must be whole numbers")
        return Float(spec["low"], spec["high"], step, log=log)

    def _few_shot(self, spec: Mapping[str, Any], where: Path_) -> Gene:
        self._problems.check_keys(spec, _SHOT_KEYS, where)
        source, most, least = spec["few_shot"], spec.get("max", 4), spec.get("min", 0)
        for value in (most, least):
            if not is_whole(value) or value < 0:
                raise ValueError(f"max and min must be whole numbers from 0 on, not {value!r}")
        if source == []:
            raise ValueError("few_shot holds no examples")
        if isinstance(source, list):
            lines = [
                self._located.line((*where, "few_shot", index)) for index in range(len(source))
            ]
            path = self._problems.path
            examples = inline_examples(source, lines, path, self._problems.error)
        elif isinstance(source, str):
            examples = self._load(self._resolve(source, (*where, "few_shot")))
        else:
            raise ValueError(f"few_shot must be a file or a list, not {source!r}")
        self.pool.update({example.id: example for example in examples})
        return FewShot([example.id for example in examples], most, least)

    def _check_kind(self, name: str, gene: Gene) -> None:
        where = ("search", name)
        if (name == "shots") != isinstance(gene, FewShot):
            raise self._problems.at(
                where, "few_shot belongs to the gene 'shots', and 'shots' needs few_shot"
            )
        if isinstance(gene, Choice):
            for index, option in enumerate(gene.options):
                self._check_value(name, option, (*where, index))
        elif isinstance(gene, (Int, Float)):
            for bound in (gene.low, gene.high):
                self._check_value(name, bound, where)

    def _check_value(self, name: str, value: Any, where: Path_) -> None:
        if must_be := wanted(name, value):
            raise self._problems.at(
                where, f"{name} must be {must_be}, not {shorten(repr(value), 120)}"
            )
