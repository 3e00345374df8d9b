"""Whether each ``{{name}}`` of a prompt is defined."""

from __future__ import annotations

import json
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import GoldenError, did_you_mean
from pytest_promptevo.genome import Choice, Text
from pytest_promptevo.prompt.template import BUILT_IN, PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set
    from pathlib import Path

    from pytest_promptevo.base.yaml_reader import Path_
    from pytest_promptevo.errors import InputError, SuiteError
    from pytest_promptevo.genome import Genome, SearchSpace
    from pytest_promptevo.prompt import Example, Template
    from pytest_promptevo.suite.problems import Problems

_COMPUTED = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]*)\b\s*[^\s{}][^{}]*\}\}")
"""A name in double braces with something behind it."""

_MOST_NAMES = 5
"""Inputs of an example that are told."""


def check_placeholders(
    template: Template,
    shipped: Genome,
    space: SearchSpace | None,
    sources: Sequence[tuple[Path, Sequence[Example]]],
    problems: Problems,
) -> None:
    """Checks that each ``{{name}}`` is a gene or an input, and that each gene is used.

    Args:
        template: The prompt's texts.
        shipped: The shipped genome.
        space: What may vary.
        sources: Files with their golden and few-shot examples.
        problems: Makes the errors.

    Raises:
        SuiteError: naming the line and the nearest valid name.
        GoldenError: naming the line of an example that lacks what most others have.
    """
    texts = _texts(shipped, space)
    _check_nothing_is_computed(template, texts, sources, problems)
    used = template.names()
    for name in texts:
        if name not in used:
            where: Path_ = ("search", name) if space and name in space else ("genome", name)
            known = [*BUILT_IN, *sorted(used - set(texts))]
            raise problems.unknown(
                where, f"gene {name!r} stands nowhere in the prompt", name, known
            )
    in_genes = {inner for options in texts.values() for text in options for inner in _names(text)}
    needed = (used - set(texts)) | in_genes
    examples: list[Example] = []
    for path, part in sources:
        examples += part  # golden ones are compared among themselves, few-shot ones with all
        for example in part:
            if missing := sorted(needed.difference(example.inputs)):
                having = sum(missing[0] in other.inputs for other in examples)
                if 2 * having <= len(examples):
                    raise _undefined(missing[0], template, example, texts, problems)
                error = problems.error if path == problems.path else GoldenError
                raise _lacking(missing[0], example, path, error, f"{having} of {len(examples)}")
            if both := sorted(name for name in example.inputs if name in texts):
                message = f"{both[0]!r} is a gene and an input of example {example.id!r}"
                raise problems.at(("genome", both[0]), message, "rename one of them")
    _check_inputs_are_used(needed, examples, problems)


def _check_nothing_is_computed(
    template: Template,
    texts: Mapping[str, Sequence[Any]],
    sources: Sequence[tuple[Path, Sequence[Example]]],
    problems: Problems,
) -> None:
    """Refuses ``{{name | filter}}``: the model would get the braces, and not the value.

    Braces around other things stay as they are.
    """
    given = {name for _, part in sources for example in part for name in example.inputs}
    written = [template.system, template.user, *(each for part in texts.values() for each in part)]
    for text in filter(lambda each: isinstance(each, str), written):
        for found in _COMPUTED.finditer(text):
            name = found[1]
            if name in given or name in texts:
                message = f"{shorten(found[0], 80)} computes something, and a prompt does not"
                hint = f"write {{{{{name}}}}}, which puts the value in as it is"
                line = _line_of(found[0], problems)
                raise problems.error(message, path=problems.path, line=line, hint=hint)


def _line_of(text: str, problems: Problems) -> int:
    lines = problems.text.split("\n")
    return next((at for at, line in enumerate(lines, 1) if text in line), 1)


def _texts(shipped: Genome, space: SearchSpace | None) -> dict[str, list[Any]]:
    """Returns the texts that each gene of the template's may be."""
    texts = {name: [shipped[name]] for name in shipped if name not in BUILT_IN}
    for name in texts:
        gene = space.get(name) if space else None
        if isinstance(gene, Choice):
            texts[name] = [*texts[name], *gene.options]
        elif isinstance(gene, Text):
            texts[name] = [*texts[name], *gene.texts]
    return texts


def _check_inputs_are_used(
    needed: Set[str], examples: Sequence[Example], problems: Problems
) -> None:
    given = sorted({name for example in examples for name in example.inputs})
    if given and not set(given) & set(needed) and needed <= set(BUILT_IN):
        message = f"no input of the examples ({', '.join(given[:5])}) stands in the prompt"
        hint = f"write {{{{{given[0]}}}}}, or every example asks the same"
        raise problems.at(("prompt", "user"), message, hint)


def _lacking(
    name: str, example: Example, path: Path, error: type[InputError], having: str
) -> InputError:
    others = ", ".join(map(repr, islice(example.inputs, _MOST_NAMES))) or "none"
    return error(
        f"example {example.id!r} has no input {name!r}, which the prompt names (it has: {others})",
        path=path,
        line=example.line,
        hint=f"{having} examples have it: write it here, too",
    )


def _undefined(
    name: str, template: Template, example: Example, texts: Mapping[str, Any], problems: Problems
) -> SuiteError:
    message = f"{{{{{name}}}}} is neither a gene nor an input of example {example.id!r}"
    hint = did_you_mean(name, [*example.inputs, *texts])
    line = _line(name, template, problems)
    return problems.error(message, path=problems.path, line=line, hint=hint)


def _line(name: str, template: Template, problems: Problems) -> int:
    """Returns the line of a placeholder; where it is written in another way, of its text."""
    where: Path_ = ("prompt",)
    for part, text in (("system", template.system), ("user", template.user)):
        if name in PLACEHOLDER.findall(text):
            where = ("prompt", part)
            break
    first = problems.located.line(where) if name in template.names() else 1
    for line, written in enumerate(problems.text.split("\n")[first - 1 :], first):
        if name in PLACEHOLDER.findall(written):
            return line
    return problems.located.line(where)


def _names(text: Any) -> list[str]:
    return (
        PLACEHOLDER.findall(text)
        if isinstance(text, str)
        else PLACEHOLDER.findall(json.dumps(text))
    )
