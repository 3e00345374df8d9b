"""From a suite file to a `Suite`, or to an error that names file and line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pytest_promptevo import strict_yaml
from pytest_promptevo.errors import SettingsError, SuiteError
from pytest_promptevo.fitness import DEFAULT_WEIGHTS, NAMES, Limit, Objectives
from pytest_promptevo.genes import Choice
from pytest_promptevo.golden import (
    Example,
    inline_examples,
    load_examples,
    must_be_text,
    parse_json,
    read_text,
)
from pytest_promptevo.output import OutputSpec
from pytest_promptevo.prompt import BUILT_IN, PLACEHOLDER, Template
from pytest_promptevo.providers import split_reference
from pytest_promptevo.schema import validate
from pytest_promptevo.scorers import Factory, ScorerSet, build
from pytest_promptevo.suite.model import Suite
from pytest_promptevo.suite.naming import stem
from pytest_promptevo.suite.problems import Problems
from pytest_promptevo.suite.space import SpaceReader
from pytest_promptevo.suite.spec import NAME, OutputPart, SuiteSpec

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_promptevo.genome import Genome, SearchSpace
    from pytest_promptevo.strict_yaml import Path_


def load_suite(path: Path, root: Path, scorers: Mapping[str, Factory] | None = None) -> Suite:
    """Loads and checks a suite file with all that it names.

    Args:
        path: The ``*.promptevo.yaml`` file.
        root: Folder of the project; no path in the file may leave it.
        scorers: Scorers of plugins and ``conftest.py``, by name.

    Raises:
        SuiteError: naming file, line and, where there is one, the nearest valid spelling.
        GoldenError: the same for the files of examples.
    """
    located = strict_yaml.load(read_text(path, SuiteError), path, SuiteError)
    if not isinstance(located.data, dict):
        raise SuiteError("a suite file must be a mapping", path=path, line=1)
    spec = validate(
        SuiteSpec, located.data, path=path, line=located.line, error=SuiteError, what="the suite"
    )
    return _Loader(path, root, located, spec).suite(scorers or {})


class _Loader:
    def __init__(
        self, path: Path, root: Path, located: strict_yaml.Located, spec: SuiteSpec
    ) -> None:
        self._path, self._root, self._spec, self._located = path, root, spec, located
        self._problems = Problems(path, located)

    def suite(self, extra: Mapping[str, Factory]) -> Suite:
        spec = self._spec
        self._check_models()
        template = self._template()
        examples = self._examples()
        reader = SpaceReader(self._located, self._problems, self._resolve)
        space = reader.space(spec.search)
        shipped = reader.shipped(spec.genome, space, spec.models)
        if template is not None:
            self._check_names(template, shipped, space, [*examples, *reader.pool.values()])
        output = self._output()
        return Suite(
            name=self._name(),
            path=self._path,
            examples=examples,
            pool=reader.pool,
            models=spec.models,
            template=template,
            target=spec.target or "",
            shipped=shipped,
            space=space,
            output=output,
            scorers=self._scorers(extra, examples),
            objectives=self._objectives(),
            threshold=spec.threshold,
            pass_mark=spec.pass_mark,
            draft=spec.draft,
            spec={
                **self._located.data,
                "output": {**spec.output.model_dump(), "schema": output.schema},
            },
        )

    def _name(self) -> str:
        if self._spec.suite:
            return self._spec.suite
        name = stem(self._path)
        if not re.match(NAME, name):
            message = f"{name!r} cannot be the name of a suite"
            raise self._problems.at((), message, "name it: suite: NAME")
        return name

    def _resolve(self, name: str, where: Path_) -> Path:
        try:
            path = (self._path.parent / name).resolve()
            exists = path.is_file()
        except (OSError, ValueError) as bad:
            raise self._problems.at(where, f"{name[:80]!r} is no path: {bad}") from None
        if not path.is_relative_to(self._root.resolve()):
            raise self._problems.at(where, f"{name!r} leaves the project's folder")
        if not exists:
            raise self._problems.at(
                where, f"no such file: {name}", "paths start from the suite file"
            )
        return path

    def _check_models(self) -> None:
        for role, reference in self._spec.models.items():
            try:
                split_reference(reference)
            except SettingsError as bad:
                raise self._problems.at(("models", role), str(bad)) from None

    def _template(self) -> Template | None:
        prompt, target = self._spec.prompt, self._spec.target
        if (prompt is None) == (target is None):
            where: Path_ = ("target",) if target else ()
            raise self._problems.at(where, "a suite needs either 'prompt' or 'target'")
        return None if prompt is None else Template(prompt.user, prompt.system)

    def _examples(self) -> tuple[Example, ...]:
        golden = self._spec.golden
        if isinstance(golden, str):
            return load_examples(self._resolve(golden, ("golden",)))
        if not golden:
            raise self._problems.at(("golden",), "holds no examples")
        lines = [self._located.line(("golden", at)) for at in range(len(golden))]
        return inline_examples(golden, lines, self._path, SuiteError)

    def _check_names(
        self,
        template: Template,
        shipped: Genome,
        space: SearchSpace | None,
        examples: list[Example],
    ) -> None:
        texts = {name: [shipped[name]] for name in shipped if name not in BUILT_IN}
        for name in texts:
            if space and isinstance(gene := space.get(name), Choice):
                texts[name] = [*texts[name], *gene.options]
        used = template.names()
        for name in texts:
            if name not in used:
                where: Path_ = ("search", name) if name in self._spec.search else ("genome", name)
                known = [*BUILT_IN, *sorted(used - set(texts))]
                raise self._problems.unknown(
                    where, f"gene {name!r} stands nowhere in the prompt", name, known
                )
        in_genes = {
            inner for options in texts.values() for text in options for inner in _names(text)
        }
        needed = (used - set(texts)) | in_genes
        for example in examples:
            if missing := sorted(needed - set(example.inputs)):
                self._undefined(missing[0], example, texts)
            if both := sorted(set(example.inputs) & set(texts)):
                message = f"{both[0]!r} is a gene and an input of example {example.id!r}"
                raise self._problems.at(("genome", both[0]), message, "rename one of them")

    def _undefined(self, name: str, example: Example, texts: Mapping[str, Any]) -> None:
        where: Path_ = ("prompt", "user")
        prompt = self._spec.prompt
        if prompt and name in PLACEHOLDER.findall(prompt.system):
            where = ("prompt", "system")
        if self._located.line(where) == self._located.line(("prompt",)):
            where = ("prompt",)
        raise self._problems.unknown(
            where,
            f"{{{{{name}}}}} is neither a gene nor an input of example {example.id!r}",
            name,
            [*example.inputs, *texts],
        )

    def _output(self) -> OutputSpec:
        part: OutputPart = self._spec.output
        where: Path_ = ("output",)
        if part.format == "label" and not part.labels:
            raise self._problems.at(where, "format label needs labels: [...]")
        if len({label.casefold() for label in part.labels}) != len(part.labels):
            raise self._problems.at((*where, "labels"), "two labels differ in case at most")
        if part.labels and part.format != "label":
            raise self._problems.at((*where, "labels"), "labels belong to format: label")
        if part.json_schema is not None and part.format != "json":
            raise self._problems.at((*where, "schema"), "schema belongs to format: json")
        if part.constrain and part.json_schema is None:
            raise self._problems.at((*where, "constrain"), "constrain needs a schema")
        made = OutputSpec(
            part.format, tuple(part.labels), self._schema(), part.max_repairs, part.constrain
        )
        try:
            _ = made.check
        except ValueError as bad:
            raise self._problems.at(
                (*where, "schema"), f"not a usable JSON Schema: {bad}"
            ) from None
        return made

    def _schema(self) -> Mapping[str, Any] | None:
        given = self._spec.output.json_schema
        if not isinstance(given, str):
            return given
        path = self._resolve(given, ("output", "schema"))
        schema = parse_json(read_text(path, SuiteError), path, 1, SuiteError)
        if not isinstance(schema, dict):
            raise SuiteError("a JSON Schema must be an object", path=path, line=1)
        must_be_text(schema, path, 1, SuiteError)
        return schema

    def _scorers(self, extra: Mapping[str, Factory], examples: tuple[Example, ...]) -> ScorerSet:
        try:
            made = build(self._spec.scorers, extra, self._root)
        except ValueError as bad:
            raise self._problems.at(("scorers",), str(bad)) from None
        names = {entry.name for entry in made.entries}
        for example in examples:
            if unknown := sorted(set(example.scorers) - names):
                message = f"example {example.id!r} has options for scorer {unknown[0]!r}"
                raise self._problems.unknown(("scorers",), message, unknown[0], names)
            try:
                made.check_overrides(example)
            except ValueError as bad:
                message = f"example {example.id!r}: {bad}"
                raise self._problems.at(("scorers",), message) from None
        return made

    def _objectives(self) -> Objectives:
        weights, limits = {}, {}
        for name in NAMES:
            part = getattr(self._spec.objectives, name)
            weights[name] = DEFAULT_WEIGHTS[name] if part.weight is None else part.weight
            if (part.min, part.max, part.p95_max) != (None, None, None):
                limits[name] = Limit(part.min, part.max, part.p95_max)
            if name != "quality" and weights[name] > 0:
                raise self._problems.at(
                    ("objectives", name, "weight"),
                    f"weight of {name} must not be above 0",
                    "it is a cost",
                )
        made = Objectives(weights, limits)
        if weights["quality"] <= 0:
            raise self._problems.at(("objectives", "quality"), "weight of quality must be above 0")
        if self._spec.threshold > made.best_possible():
            raise self._problems.at(
                ("threshold",),
                f"no genome can reach the threshold {self._spec.threshold:g}",
                f"the best possible fitness is {made.best_possible():g}",
            )
        low = limits.get("quality", Limit()).min
        if low is not None and low > 1:
            raise self._problems.at(("objectives", "quality", "min"), "quality is at most 1")
        return made


def _names(text: Any) -> list[str]:
    return (
        PLACEHOLDER.findall(text)
        if isinstance(text, str)
        else PLACEHOLDER.findall(json.dumps(text))
    )
