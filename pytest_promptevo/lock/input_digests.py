"""Digests of the inputs of golden examples, by which the lock knows them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import canonical_json, text_key
from pytest_promptevo.lock.ways import value_of
from pytest_promptevo.suite.normal_text import normal, tidied

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from pytest_promptevo.lock.ways import Names, Way
    from pytest_promptevo.prompt import Example

_DIGITS = 16
_DIGITS_BEFORE = 8


def exact_digest(example: Example, way: Way) -> str:
    """Returns what tells the inputs of an example from all others.

    Of several inputs each value belongs to its name, or values might change places. Blanks that
    nobody needs (at the ends of a text, or several in a row) make no other example.
    """
    if len(way.names) < 2:  # and a single one may have any name
        return _of_values(example, way)
    values = {name: value_of(example, way.renamed.get(name, name)) for name in way.names}
    return text_key(canonical_json(values))[:_DIGITS]


def exact_digests(example: Example, ways: Iterable[Way]) -> Iterator[str]:
    """Yields all digests by which a lock may know the inputs of an example, the best first.

    Args:
        example: The example.
        ways: The ways to tell it.
    """
    fitting = [way for way in ways if way.fits(example)]
    for way in fitting:
        yield exact_digest(example, way)
    for way in fitting:  # as locks had them that did not know which value belongs to which name
        yield _of_values(example, way)
        values = [example.inputs.get(way.renamed.get(name, name)) for name in way.names]
        yield text_key(canonical_json(values))[:_DIGITS]
    yield digest_before(example)


def _of_values(example: Example, way: Way) -> str:
    values = [tidied(example.inputs.get(way.renamed.get(name, name))) for name in way.names]
    return text_key(canonical_json(sorted(values, key=canonical_json)))[:_DIGITS]


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
