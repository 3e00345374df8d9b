"""Digests of the inputs of golden examples, by which the lock knows them again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import canonical_json, text_key
from pytest_promptevo.prompt.template import PLACEHOLDER
from pytest_promptevo.suite.normal_text import normal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

_DIGITS = 16
_DIGITS_BEFORE = 8


def names_that_tell(suite: Suite, before: Sequence[str] = ()) -> list[str]:
    """Returns the names of the inputs that tell a suite's examples apart, sorted.

    Those that the prompt uses, for whatever else stands beside them makes no other example; of
    a target, and where the prompt uses none, all.

    Args:
        suite: The suite.
        before: The names that told them before: they still do, unless inputs were renamed.
    """
    present = {name for example in suite.examples for name in example.inputs}
    if before and present.issuperset(before):
        return list(before)
    if suite.prompt.template is None:
        return sorted(present)
    texts = json.dumps([suite.shipped.plain(), suite.spec.get("search")])
    used = suite.prompt.template.names() | set(PLACEHOLDER.findall(texts))
    return sorted(present & used or present)


def exact_digest(example: Example, names: Iterable[str]) -> str:
    """Returns what tells the inputs of an example from all others.

    Values count, not names: to rename an input makes no other example.
    """
    return text_key(canonical_json([example.inputs.get(name) for name in names]))[:_DIGITS]


def input_digest(example: Example, names: Iterable[str]) -> str:
    """Returns what tells the inputs of an example, but for case, blanks and punctuation."""
    return text_key(normal([example.inputs.get(name) for name in names]))[:_DIGITS]


def input_digests(examples: Iterable[Example], names: Sequence[str]) -> str:
    """Returns the digests of the inputs of some examples, sorted, as the lock keeps them."""
    return " ".join(sorted({input_digest(example, names) for example in examples}))


def is_known(example: Example, names: Iterable[str], digests: Collection[str]) -> bool:
    """Whether an example is, but for case, blanks and punctuation, one of those with a digest."""
    return not {input_digest(example, names), digest_before(example)}.isdisjoint(digests)


def digest_before(example: Example) -> str:
    """Returns the digest of an example in locks that hold eight digits of all inputs."""
    return text_key(normal(example.inputs))[:_DIGITS_BEFORE]
