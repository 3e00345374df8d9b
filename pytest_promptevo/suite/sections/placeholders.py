"""Whether each ``{{name}}`` of a prompt is defined."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_promptevo.genome import Choice, Text
from pytest_promptevo.prompt.template import BUILT_IN, PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set

    from pytest_promptevo.base.yaml_reader import Path_
    from pytest_promptevo.errors import SuiteError
    from pytest_promptevo.genome import Genome, SearchSpace
    from pytest_promptevo.prompt import Example, Template
    from pytest_promptevo.suite.problems import Problems


def check_placeholders(
    template: Template,
    shipped: Genome,
    space: SearchSpace | None,
    examples: Sequence[Example],
    problems: Problems,
) -> None:
    """Checks that each ``{{name}}`` is a gene or an input, and that each gene is used.

    Raises:
        SuiteError: naming the line and the nearest valid name.
    """
    texts = {name: [shipped[name]] for name in shipped if name not in BUILT_IN}
    for name in texts:
        gene = space.get(name) if space else None
        if isinstance(gene, Choice):
            texts[name] = [*texts[name], *gene.options]
        elif isinstance(gene, Text):
            texts[name] = [*texts[name], *gene.texts]
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
    for example in examples:
        if missing := sorted(needed.difference(example.inputs)):
            raise _undefined(missing[0], template, example, texts, problems)
        if both := sorted(name for name in example.inputs if name in texts):
            message = f"{both[0]!r} is a gene and an input of example {example.id!r}"
            raise problems.at(("genome", both[0]), message, "rename one of them")
    _check_inputs_are_used(needed, examples, problems)


def _check_inputs_are_used(
    needed: Set[str], examples: Sequence[Example], problems: Problems
) -> None:
    given = sorted({name for example in examples for name in example.inputs})
    if given and not set(given) & set(needed) and needed <= set(BUILT_IN):
        message = f"no input of the examples ({', '.join(given[:5])}) stands in the prompt"
        hint = f"write {{{{{given[0]}}}}}, or every example asks the same"
        raise problems.at(("prompt", "user"), message, hint)


def _undefined(
    name: str, template: Template, example: Example, texts: Mapping[str, Any], problems: Problems
) -> SuiteError:
    where: Path_ = ("prompt", "user")
    if name in PLACEHOLDER.findall(template.system):
        where = ("prompt", "system")
    if problems.located.line(where) == problems.located.line(("prompt",)):
        where = ("prompt",)
    return problems.unknown(
        where,
        f"{{{{{name}}}}} is neither a gene nor an input of example {example.id!r}",
        name,
        [*example.inputs, *texts],
    )


def _names(text: Any) -> list[str]:
    return (
        PLACEHOLDER.findall(text)
        if isinstance(text, str)
        else PLACEHOLDER.findall(json.dumps(text))
    )
