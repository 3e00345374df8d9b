"""From a suite file to a `Suite`, or to an error that names file and line."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.schema import validate
from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.text_files import NO_PATH
from pytest_promptevo.errors import GoldenError, SettingsError, SuiteError
from pytest_promptevo.prompt import Example, Prompt, Template
from pytest_promptevo.prompt.layout import DEFAULTS
from pytest_promptevo.providers import check_reference, split_reference
from pytest_promptevo.providers.embedded.catalog import own_path
from pytest_promptevo.suite.contradictions import checked_labels
from pytest_promptevo.suite.file_schema import NAME, SuiteSpec, remedy
from pytest_promptevo.suite.files import Disk, Files
from pytest_promptevo.suite.golden import inline_examples, load_examples, without_reserved
from pytest_promptevo.suite.model import Suite
from pytest_promptevo.suite.naming import stem
from pytest_promptevo.suite.problems import Problems
from pytest_promptevo.suite.sections.layout import check_layout
from pytest_promptevo.suite.sections.objectives import read_objectives
from pytest_promptevo.suite.sections.output import read_output
from pytest_promptevo.suite.sections.placeholders import check_placeholders
from pytest_promptevo.suite.sections.scorers import (
    ScorerReader,
    read_scorers_by_name,
    roles_that_judge,
)
from pytest_promptevo.suite.sections.search import SpaceReader
from pytest_promptevo.suite.sections.texts import split_roles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.base.yaml_reader import Path_
    from pytest_promptevo.prompt import OutputSpec
    from pytest_promptevo.scorers import Factory, ScorerSet
    from pytest_promptevo.suite.files import Read


def load_suite(
    path: Path,
    root: Path,
    scorers: Mapping[str, Factory] | None = None,
    lost: Sequence[str] = (),
    offering: Sequence[object] = (),
) -> Suite:
    """Loads and checks a suite file with all that it names.

    Args:
        path: The ``*.promptevo.yaml`` file.
        root: Folder of the project; no path in the file may leave it.
        scorers: Scorers of plugins and ``conftest.py``, by name.
        lost: What is wrong with packages whose scorers could not be had.
        offering: The modules, objects and functions that offer scorers.

    Raises:
        SuiteError: naming file, line and, where there is one, the nearest valid spelling.
        GoldenError: the same for the files of examples.
    """
    loader = _loader(path, root, Disk())
    spec, problems = loader.spec, loader.problems
    return loader.suite(ScorerReader(spec, problems, root, scorers or {}, lost, offering).read)


def read_suite(path: Path, root: Path, files: Files) -> Suite:
    """Reads a suite that need not lie on the disk, and imports nothing that it names.

    So it judges no answer: of its scorers it knows what the file says of them.

    Args:
        path: The ``*.promptevo.yaml`` file.
        root: Folder of the project; no path in the file may leave it.
        files: Where it, and the files that it names, are.

    Raises:
        SuiteError: as `load_suite`.
        GoldenError: the same for the files of examples.
    """
    loader = _loader(path, root, files)
    return loader.suite(partial(read_scorers_by_name, loader.spec, loader.problems))


def _loader(path: Path, root: Path, files: Files) -> _Loader:
    text = files.text(path, SuiteError)
    located = yaml_reader.load(text, path, SuiteError)
    if not isinstance(located.data, dict):
        raise SuiteError("a suite file must be a mapping", path=path, line=1)
    spec = validate(
        SuiteSpec,
        located.data,
        path=path,
        line=located.line,
        error=SuiteError,
        what="the suite",
        remedy=remedy,
    )
    return _Loader(root, Problems(path, located, text), spec, files)


def _golden(path: Path, read: Read) -> tuple[Example, ...]:
    examples = without_reserved(load_examples(path, read), path, GoldenError)
    return checked_labels(examples, path, GoldenError)


class _Loader:
    def __init__(
        self,
        root: Path,
        problems: Problems,
        spec: SuiteSpec,
        files: Files,
    ) -> None:
        self._root, self.problems, self.spec, self._files = root, problems, spec, files
        self._path, self._located = problems.path, problems.located

    def suite(self, scorers: Callable[[tuple[Example, ...]], ScorerSet]) -> Suite:
        spec = self.spec
        self._check_models()
        template = self._template()
        examples = self._examples()
        defaults = DEFAULTS if template else {}  # a target may have genes of these names
        output = read_output(spec.output, self.problems, self._resolve, self._files.text)
        reader = SpaceReader(
            self._located,
            self.problems,
            self._resolve,
            lambda path: self._files.examples(path, load_examples),
            defaults,
            lambda seeds: _guard(seeds, examples, reader.pool, output),
        )
        space = reader.space(spec.search, spec.genome)
        shipped = reader.shipped(spec.genome, space, spec.models)
        if template is not None:
            sources = [
                (self._source(spec.golden), examples),
                (self._source(spec.search.get("shots")), tuple(reader.pool.values())),
            ]
            check_placeholders(template, shipped, space, sources, self.problems)
            check_layout(template, shipped, space, output, self.problems)
        name, made = self._name(), scorers(examples)
        judging = roles_that_judge(spec, made, examples)
        models, asked = split_roles(spec.models, shipped, space, judging)
        suite = Suite(
            name=name,
            path=self._path,
            root=self._root,
            examples=examples,
            prompt=Prompt(output, models, template, reader.pool),
            proposers=asked,
            target=spec.target or "",
            shipped=shipped,
            space=space,
            scorers=made,
            objectives=read_objectives(spec, self.problems),
            threshold=spec.threshold,
            pass_mark=spec.pass_mark,
            repeats=spec.repeats,
            tag_minima=self._tag_minima(examples),
            draft=spec.draft,
            scorer_check=spec.scorer_check,
            rollout=spec.rollout.settings(),
            spec={
                **self._located.data,
                "output": {**spec.output.model_dump(), "schema": output.json_schema},
            },
        )
        if output.labels:
            from pytest_promptevo.suite.scorer_check import check_labels

            check_labels(suite)
        return suite

    def _name(self) -> str:
        if self.spec.suite:
            return self.spec.suite
        name = stem(self._path)
        if not re.fullmatch(NAME.removesuffix("$"), name):
            message = f"{name!r} cannot be the name of a suite"
            raise self.problems.at((), message, "name it: suite: NAME")
        return name

    def _check_below_root(self, name: str, where: Path_) -> None:
        root = self._files.resolved(self._root)
        try:
            path = self._files.resolved(own_path(name, root))
            is_below, is_folder = path.is_relative_to(root), self._files.is_folder(path)
        except NO_PATH as exc:
            raise self.problems.at(where, f"{shorten(name, 80)!r} is no path: {exc}") from None
        if not is_below:
            raise self.problems.at(
                where,
                f"{shorten(name, 80)!r} leaves the project's folder",
                "a model from elsewhere is named on the command line: "
                f"--promptevo-model {where[-1]}=gguf:PATH",
            )
        if is_folder:
            raise self.problems.at(where, f"{shorten(name, 80)!r} is a folder, not a file")

    def _resolve(self, name: str, where: Path_) -> Path:
        try:
            path = self._files.resolved(self._path.parent / name)
            is_file = self._files.is_file(path)
            is_folder = bool(name) and self._files.is_folder(path)
        except NO_PATH as exc:
            raise self.problems.at(where, f"{shorten(name, 80)!r} is no path: {exc}") from None
        if not path.is_relative_to(self._files.resolved(self._root)):
            raise self.problems.at(where, f"{name!r} leaves the project's folder")
        if is_folder:
            raise self.problems.at(where, f"{name!r} is a folder, not a file")
        if not is_file and path.exists() and not path.is_dir():
            raise self.problems.at(where, f"{name!r} is not a regular file")
        if not is_file:
            raise self.problems.at(
                where, f"no such file: {name}", "paths start from the suite file"
            )
        return path

    def _source(self, named: Any) -> Path:
        """Returns the file that examples stand in: one that is named, or the suite's own."""
        name = named.get("few_shot") if isinstance(named, dict) else named
        return self._path.parent / name if isinstance(name, str) else self._path

    def _check_models(self) -> None:
        for role, reference in self.spec.models.items():
            try:
                check_reference(reference)
            except SettingsError as exc:
                raise self.problems.at(("models", role), str(exc)) from None
            kind, name = split_reference(reference)
            if kind == "gguf":  # on the command line it may be any file
                self._check_below_root(name, ("models", role))

    def _tag_minima(self, examples: tuple[Example, ...]) -> dict[str, float]:
        known = dict.fromkeys(tag for example in examples for tag in example.tags)
        for tag in self.spec.tags:
            if tag not in known:
                message = f"no golden example has the tag {shorten(repr(tag), 80)}"
                raise self.problems.unknown(("tags", tag), message, tag, known)
        return {tag: part.min for tag, part in self.spec.tags.items()}

    def _template(self) -> Template | None:
        prompt, target = self.spec.prompt, self.spec.target
        if (prompt is None) == (target is None):
            where: Path_ = ("target",) if target else ()
            both = ", not both" if target else ""
            raise self.problems.at(where, f"a suite needs either 'prompt' or 'target'{both}")
        return None if prompt is None else Template(prompt.user, prompt.system)

    def _examples(self) -> tuple[Example, ...]:
        golden = self.spec.golden
        if isinstance(golden, str):
            path = self._resolve(golden, ("golden",))
            return self._files.examples(path, _golden)
        if not golden:
            raise self.problems.at(("golden",), "holds no examples")
        lines = [self._located.line(("golden", index)) for index in range(len(golden))]
        examples = inline_examples(golden, lines, self._path, SuiteError)
        examples = without_reserved(examples, self._path, SuiteError)
        return checked_labels(examples, self._path, SuiteError)


def _guard(
    seeds: Sequence[str],
    examples: Sequence[Example],
    pool: Mapping[str, Example],
    output: OutputSpec,
) -> Callable[[str], str]:
    """Returns what judges the texts that are grown from some texts; a replay needs none."""
    from pytest_promptevo.suite.leaks import TextGuard

    return TextGuard(seeds, examples, pool, output)
