"""Texts of ``search:`` that grow, and the roles of models that propose them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.numbers import is_whole
from pytest_promptevo.genome import Choice, Gene, Text
from pytest_promptevo.prompt.template import PLACEHOLDER, is_text_gene

if TYPE_CHECKING:
    from pytest_promptevo.base.yaml_reader import Path_
    from pytest_promptevo.genome import Genome, SearchSpace
    from pytest_promptevo.suite.problems import Problems

TEXT_KEYS = {"texts", "grow"}
"""By these a gene is known as such a text."""

_GROW_KEYS = {"by", "max", "chars"}

Guard = Callable[[Sequence[str]], Callable[[str], str]]
"""Makes what judges the texts that are grown from some texts (see `suite.leaks`)."""


class TextReader:
    """Reads such texts.

    Args:
        problems: Makes the errors.
        guard: Makes the judges of what is grown.
    """

    def __init__(self, problems: Problems, guard: Guard) -> None:
        self._problems = problems
        self._guard = guard

    def gene(self, name: str, spec: Mapping[str, Any], shipped: Any, where: Path_) -> Gene:
        """Returns the gene of a text: one that grows, or a choice.

        Args:
            name: Name of the gene.
            spec: What the file says of it.
            shipped: Its shipped value, which the list need not repeat.
            where: Where that stands.

        Raises:
            SuiteError: for what makes no text.
        """
        self._problems.check_keys(spec, TEXT_KEYS, where)
        listed, grow = spec.get("texts", []), spec.get("grow")
        if not is_text_gene(name):
            raise self._problems.at(where, f"texts and grow belong to texts, not to {name!r}")
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            raise self._problems.at((*where, "texts"), "texts must be a list of texts")
        if len(set(listed)) < len(listed):
            raise self._problems.at((*where, "texts"), "a text stands twice")
        texts = list(dict.fromkeys([*([shipped] if isinstance(shipped, str) else []), *listed]))
        if grow is None and "grow" not in spec:
            return Choice(texts)
        return self._grown(texts, {} if grow is None else grow, (*where, "grow"))

    def _grown(self, texts: list[str], grow: Any, where: Path_) -> Gene:
        if not isinstance(grow, Mapping):
            hint = "grow: {} edits without a model, grow: {by: ROLE} asks one"
            raise self._problems.at(where, "grow must be a mapping", hint)
        self._problems.check_keys(grow, _GROW_KEYS, where)
        by = grow.get("by", "")
        if not isinstance(by, str):
            raise self._problems.at((*where, "by"), "by must be the name of a role of models")
        if len({frozenset(PLACEHOLDER.findall(text)) for text in texts}) > 1:
            message = "texts that grow must have the same placeholders, the shipped one, too"
            raise self._problems.at(where[:-1], message)
        for key in ("max", "chars"):
            if key in grow and not is_whole(grow[key]):
                raise self._problems.at((*where, key), f"{key} must be a whole number")
        bounds = {key: grow[key] for key in ("max", "chars") if key in grow}
        try:
            return Text(texts, by=by, problem=self._guard(texts), **bounds)
        except ValueError as exc:
            raise self._problems.at(where, str(exc)) from None


def proposers(space: SearchSpace | None) -> dict[str, str]:
    """Returns the roles that propose texts, by the name of the gene."""
    genes = space.items() if space else ()
    return {name: gene.by for name, gene in genes if isinstance(gene, Text) and gene.by}


def first_role(models: Mapping[str, str], space: SearchSpace | None) -> str:
    """Returns the role that ships where nobody says which: one that does more than propose."""
    asked = set(proposers(space).values())
    return next((role for role in models if role not in asked), next(iter(models)))


def split_roles(
    models: Mapping[str, str], shipped: Genome, space: SearchSpace | None, judging: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Returns the models that answer or judge, and those that propose texts.

    One that does nothing but propose is no part of what is tested, locked and run.

    Args:
        models: Role to reference, of the suite.
        shipped: The genome before any evolution, whose model answers.
        space: What a search may change: models that answer then, and texts that grow.
        judging: Roles that scorers ask.
    """
    asked = set(proposers(space).values())
    gene = space.get("model") if space else None
    named = {shipped["model"], *(gene.options if isinstance(gene, Choice) else ()), *judging}
    return (
        {role: name for role, name in models.items() if role in named or role not in asked},
        {role: name for role, name in models.items() if role in asked},
    )
