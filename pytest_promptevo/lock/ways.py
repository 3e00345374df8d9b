"""The names of inputs by which golden examples are told apart, and known again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_promptevo.prompt.template import PLACEHOLDER
from pytest_promptevo.suite.normal_text import tidied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

Names = tuple[str, ...]
"""Names of the inputs that tell examples apart, sorted."""

Genomes = Sequence[Mapping[str, Any]]
"""Genomes as a lock has them, whose texts may name inputs."""


class Way(NamedTuple):
    """A way to tell an example.

    Attributes:
        names: Names by which the lock knows its inputs.
        renamed: What those of them are called now that have another name.
        varying: Names of the inputs that an example may have only if they are among the names.
    """

    names: Names
    renamed: Mapping[str, str] = {}
    varying: Set[str] = frozenset()

    def fits(self, example: Example) -> bool:
        """Whether nothing else stands in an example that might make it another one."""
        known = {self.renamed.get(name, name) for name in self.names}
        return not (self.varying & example.inputs.keys()) - known


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


def ways_to_tell(suite: Suite, before: Sequence[Sequence[str]], genomes: Genomes = ()) -> list[Way]:
    """Returns the ways by which an example is still the one that was held out.

    Names that came in the place of others are these renamed: where they are several, in the order
    of the alphabet, so that what belongs to which is the same for all examples. A target may read
    whatever an example has: what its names do not cover is the same in all examples.

    Args:
        suite: The suite.
        before: Names that told its examples before.
        genomes: Those of its lock entry.
    """
    held = names_that_hold(suite, before, genomes)
    varying = _varying(suite) if suite.prompt.template is None else frozenset()
    now, ways = held[0], [Way(names, {}, varying) for names in held]
    for names in dict.fromkeys(map(tuple, before)):
        gone = [name for name in names if name not in now]
        new = [name for name in now if name not in names]
        if gone and len(gone) == len(new):
            ways.append(Way(names, dict(zip(gone, new, strict=True)), varying))
    return ways


def _varying(suite: Suite) -> frozenset[str]:
    """Returns the names of the inputs that some examples lack, or have with another value."""
    first = suite.examples[0].inputs
    return frozenset(
        name
        for name in present_names(suite)
        if name not in first
        or any(value_of(each, name) != value_of(suite.examples[0], name) for each in suite.examples)
    )


def _used(suite: Suite, genes: Any) -> Names:
    present = present_names(suite)
    if suite.prompt.template is None:
        return tuple(sorted(present))
    used = suite.prompt.template.names() | set(PLACEHOLDER.findall(json.dumps(genes)))
    return tuple(sorted(present & used or present))


def present_names(suite: Suite) -> set[str]:
    """Returns the names of all inputs of a suite's examples."""
    return {name for example in suite.examples for name in example.inputs}


def value_of(example: Example, name: str) -> list[Any]:
    """Returns the value of an input in a list, which is empty where it has none."""
    return [tidied(example.inputs[name])] if name in example.inputs else []
