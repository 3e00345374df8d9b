"""Whether the genes ``layout`` and ``form`` have values that mean something for a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import shown
from pytest_promptevo.genome import Choice
from pytest_promptevo.prompt.layout import DEFAULTS, VALUES, arranged

if TYPE_CHECKING:
    from pytest_promptevo.base.yaml_reader import Path_
    from pytest_promptevo.genome import Genome, SearchSpace
    from pytest_promptevo.prompt import OutputSpec, Template
    from pytest_promptevo.suite.problems import Problems

_WHY_NOTHING = {
    "last": "the user turn has no line of instruction before its inputs",
    "system": "the user turn has no line without an input that could go there",
    "cue": "the user turn ends in a cue line already",
}


def check_layout(
    template: Template,
    shipped: Genome,
    space: SearchSpace | None,
    output: OutputSpec,
    problems: Problems,
) -> None:
    """Checks the shipped values of both genes, and those that a search may choose.

    Raises:
        SuiteError: for a value that is none, or that a search would try in vain.
    """
    for name, known in VALUES.items():
        gene = space.get(name) if space else None
        if gene is not None and not isinstance(gene, Choice):
            must_be = f"search.{name} must be a list of {', '.join(known)}"
            raise problems.at(("search", name), must_be)
        if name in shipped:
            _check_known(name, shipped[name], ("genome", name), known, problems)
        for index, value in enumerate(gene.options if gene else ()):
            where: Path_ = ("search", name, index)
            _check_known(name, value, where, known, problems)
            if why := _why_nothing(name, value, template, shipped, space, output):
                message = f"{name} {value!r} changes nothing: {why}"
                raise problems.at(where, message, "leave it out")


def _check_known(
    name: str, value: Any, where: Path_, known: tuple[str, ...], problems: Problems
) -> None:
    if not isinstance(value, str):
        raise problems.at(where, f"{name} must be one of {', '.join(known)}, not {shown(value)}")
    if value not in known:
        raise problems.unknown(where, f"unknown {name} {shown(value)}", value, known)


def _why_nothing(
    name: str,
    value: str,
    template: Template,
    shipped: Genome,
    space: SearchSpace | None,
    output: OutputSpec,
) -> str:
    if value == DEFAULTS[name]:
        return ""
    if name == "form":
        lacks = value == "labels" and output.format != "label"
        return "the suite has no output: {format: label, labels: [...]}" if lacks else ""
    gene = space.get("form") if space else None
    searched = gene.options if isinstance(gene, Choice) else ()
    for form in dict.fromkeys((shipped.get("form", DEFAULTS["form"]), *searched)):
        plain = shipped.with_(layout=DEFAULTS["layout"], form=form, cot=False)
        if _texts(template, plain, output) != _texts(template, plain.with_(layout=value), output):
            return ""
    return _WHY_NOTHING[value]


def _texts(template: Template, genome: Genome, output: OutputSpec) -> list[list[str]]:
    """Returns the words of system and user turn."""
    made = arranged(template, genome, output)
    return [made.system.split(), made.user.split()]
