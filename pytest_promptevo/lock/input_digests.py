"""Digests of the inputs of golden examples, by which the lock knows them again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json, text_key
from pytest_promptevo.prompt.template import PLACEHOLDER
from pytest_promptevo.suite.normal_text import normal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

_DIGITS = 16
_DIGITS_BEFORE = 8

Names = tuple[str, ...]
"""Names of the inputs that tell examples apart, sorted."""

Genomes = Sequence[Mapping[str, Any]]
"""Genomes as a lock has them, whose texts may name inputs."""


def names_that_tell(suite: Suite, genomes: Genomes = ()) -> Names:
    """Returns the names of the inputs that tell a suite's examples apart, sorted.

    Those that the prompt uses, for whatever else stands beside them makes no other example; of
    a target, and where the prompt uses none, all.

    Args:
        suite: The suite.
        genomes: Those of its lock entry: the suite need not ship or search their texts.
    """
    return _used(suite, [suite.shipped.plain(), suite.spec.get("search"), *genomes])


def all_names(suite: Suite, before: Iterable[Sequence[str]], genomes: Genomes = ()) -> list[Names]:
    """Returns the names that tell a suite's examples now, and those of before that are there.

    Args:
        suite: The suite.
        before: Names that told them before.
        genomes: Those of its lock entry.
    """
    present = present_names(suite)
    known = [tuple(names) for names in before if names and present.issuperset(names)]
    return list(dict.fromkeys([names_that_tell(suite, genomes), *known]))


def names_that_hold(
    suite: Suite, before: Sequence[Sequence[str]], genomes: Genomes = ()
) -> list[Names]:
    """Returns those of `all_names` by which an example is still the one that was held out.

    An input of before that the prompt no longer asks for is nothing to hold on to where it asks
    for another one in its place, or beside it: that would be another example. Of a target nobody
    knows what it asks for.

    Args:
        suite: The suite.
        before: Names that told its examples before.
        genomes: Those of its lock entry.
    """
    now, *known = all_names(suite, before, genomes)
    if suite.prompt.template is None:
        return [now, *known]
    shown = set(_used(suite, [suite.shipped.plain(), *genomes]))
    return [now, *(names for names in known if shown.issubset(names))]


def _used(suite: Suite, genes: Any) -> Names:
    present = present_names(suite)
    if suite.prompt.template is None:
        return tuple(sorted(present))
    used = suite.prompt.template.names() | set(PLACEHOLDER.findall(json.dumps(genes)))
    return tuple(sorted(present & used or present))


def present_names(suite: Suite) -> set[str]:
    """Returns the names of all inputs of a suite's examples."""
    return {name for example in suite.examples for name in example.inputs}


def exact_digest(example: Example, names: Iterable[str]) -> str:
    """Returns what tells the inputs of an example from all others.

    Values count, not names: to rename an input makes no other example, and blanks that nobody
    needs (at the ends of a text, or several in a row) make none.
    """
    values = [_tidied(example.inputs.get(name)) for name in names]
    return text_key(canonical_json(sorted(values, key=canonical_json)))[:_DIGITS]


def exact_digests(example: Example, names: Collection[Names]) -> Iterator[str]:
    """Yields all digests by which a lock may know the inputs of an example, the best first.

    Args:
        example: The example.
        names: Names of the inputs that may tell it.
    """
    for each in names:
        yield exact_digest(example, each)
    for each in names:
        values = [example.inputs.get(name) for name in each]
        yield text_key(canonical_json(values))[:_DIGITS]
    yield digest_before(example)


def input_digest(example: Example, names: Iterable[str]) -> str:
    """Returns what tells the inputs of an example, but for case, blanks and punctuation."""
    return text_key(normal(sorted((example.inputs.get(name) for name in names), key=normal)))[
        :_DIGITS
    ]


def known_digests(example: Example, names: Iterable[Names]) -> set[str]:
    """Returns all digests of an example, but for case, blanks and punctuation.

    Args:
        example: The example.
        names: Names of the inputs that may tell it.
    """
    digests = {input_digest(example, each) for each in names}
    in_order = [[example.inputs.get(name) for name in each] for each in names]
    return (
        digests | {text_key(normal(each))[:_DIGITS] for each in in_order} | {digest_before(example)}
    )


def input_digests(examples: Iterable[Example], names: Sequence[str]) -> str:
    """Returns the digests of the inputs of some examples, sorted, as the lock keeps them."""
    return " ".join(sorted({input_digest(example, names) for example in examples}))


def is_known(example: Example, names: Iterable[Names], digests: Collection[str]) -> bool:
    """Whether an example is, but for case, blanks and punctuation, one of those with a digest."""
    return not known_digests(example, names).isdisjoint(digests)


def digest_before(example: Example) -> str:
    """Returns the digest of an example in locks that hold eight digits of all inputs."""
    return text_key(normal(example.inputs))[:_DIGITS_BEFORE]


def _tidied(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, dict):
        return {name: _tidied(part) for name, part in value.items()}
    return [_tidied(part) for part in value] if isinstance(value, (list, tuple)) else value
