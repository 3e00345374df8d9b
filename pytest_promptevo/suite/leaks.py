"""What keeps a text that was made from being used: it breaks a placeholder, or tells an answer.

A search makes texts of its own and has models propose some, in view of golden examples. One
that quotes an example would be measured on what it quotes, and whoever reads the lock would
read the example.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.prompt.template import PLACEHOLDER
from pytest_promptevo.suite.normal_text import words as spaced_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_promptevo.prompt import Example, OutputSpec

RUN = 5
"""Words in a row that are a quotation."""

SHORTEST_WHOLE = 3
"""Words of an input which is so short that its whole is a quotation."""

SHORTEST_VALUE = 4
"""Letters of an expected value that must not be told."""

MOST_WORDS = 2_000_000
"""Words of all examples together that a text can be compared with."""

_LONGEST_VALUE = 12

_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])"
)
"""Letters of scripts without blanks between words: each counts as a word."""


class TextGuard:
    """Judges the texts that are made for one gene.

    Args:
        seeds: The texts that people wrote: what stands in them is no secret.
        examples: Golden examples, held-out ones included.
        pool: Few-shot examples by id; more may come until the first text is judged.
        output: What a valid answer is: its labels and enumerated values may be told.
    """

    def __init__(
        self,
        seeds: Sequence[str],
        examples: Sequence[Example],
        pool: Mapping[str, Example],
        output: OutputSpec,
    ) -> None:
        self._seeds = tuple(seeds)
        self._examples = tuple(examples)
        self._pool = pool
        self._output = output

    def __call__(self, text: str) -> str:
        """Returns what is wrong with a text, or nothing.

        Raises:
            SettingsError: if the examples are too large to compare texts with them.
        """
        return self._broken(text) or self._leaking(text)

    def with_examples(self, added: Sequence[Example]) -> TextGuard:
        """Returns a guard of more golden examples."""
        return TextGuard(self._seeds, (*self._examples, *added), self._pool, self._output)

    def _broken(self, text: str) -> str:
        names = Counter(PLACEHOLDER.findall(text))
        most = [Counter(PLACEHOLDER.findall(seed)) for seed in self._seeds]
        if not any(names == each for each in most):
            return "its placeholders are not those of the text that it was made of"
        left = PLACEHOLDER.sub("", text)
        known = any("{{" in seed or "}}" in seed for seed in self._seeds_without_names)
        if not known and ("{{" in left or "}}" in left):
            return "it has double braces that are no placeholder"
        return ""

    @cached_property
    def _seeds_without_names(self) -> list[str]:
        return [PLACEHOLDER.sub("", seed) for seed in self._seeds]

    def _leaking(self, text: str) -> str:
        told = words(text)
        if any(hash(gram) in self._quoted for gram in _grams(told, RUN)):
            return f"it has {RUN} words in a row of an example"
        for length in range(SHORTEST_WHOLE, RUN):
            if any(gram in self._whole for gram in _grams(told, length)):
                return "it has the whole input of an example"
        for length in range(1, _LONGEST_VALUE + 1):
            if any(gram in self._values for gram in _grams(told, length)):
                return "it has an answer that an example expects"
        squeezed = _squeezed(text)
        if any(value in squeezed for value in self._codes):
            return "it has an answer that an example expects"
        return ""

    @cached_property
    def _all(self) -> tuple[Example, ...]:
        return (*self._examples, *self._pool.values())

    @cached_property
    def _known(self) -> set[tuple[str, ...]]:
        """What stands in the seeds: runs of words of every length that is compared."""
        return {
            gram
            for seed in self._seeds
            for length in range(1, _LONGEST_VALUE + 1)
            for gram in _grams(words(seed), length)
        }

    @cached_property
    def _texts(self) -> list[list[str]]:
        """The words of all that examples hold."""
        made, count = [], 0
        for example in self._all:
            for leaf in (*_leaves(example.inputs), *_leaves(example.expected)):
                made.append(words(leaf))
                count += len(made[-1])
                if count > MOST_WORDS:
                    raise SettingsError(
                        f"the examples hold more than {MOST_WORDS:,} words: too many to see "
                        "whether a text that is grown quotes one; search without grow"
                    )
        return made

    @cached_property
    def _quoted(self) -> set[int]:
        """Hashes of the runs of five words of all examples, but for those of the seeds."""
        known = {hash(gram) for gram in self._known if len(gram) == RUN}
        return {hash(gram) for each in self._texts for gram in _grams(each, RUN)} - known

    @cached_property
    def _whole(self) -> set[tuple[str, ...]]:
        """Short inputs, as wholes."""
        return {
            tuple(found)
            for example in self._all
            for leaf in _leaves(example.inputs)
            if SHORTEST_WHOLE <= len(found := words(leaf)) < RUN
        } - self._known

    @cached_property
    def _secrets(self) -> set[str]:
        """Expected values that no label, enumerated value or seed tells."""
        public = {label.casefold() for label in self._output.labels}
        public |= {value.casefold() for value in _enumerated(self._output.json_schema)}
        found = {leaf for example in self._all for leaf in _leaves(example.expected)}
        return {
            leaf
            for leaf in found
            if len(leaf.strip()) >= SHORTEST_VALUE
            and leaf.casefold() not in public
            and tuple(words(leaf)) not in self._known
        }

    @cached_property
    def _values(self) -> set[tuple[str, ...]]:
        split = (tuple(words(leaf)) for leaf in self._secrets)
        return {value for value in split if 1 <= len(value) <= _LONGEST_VALUE}

    @cached_property
    def _codes(self) -> list[str]:
        """Values with a digit, which are known however they are punctuated."""
        seeds = [_squeezed(seed) for seed in self._seeds]
        codes = {_squeezed(leaf) for leaf in self._secrets if any(map(str.isdigit, leaf))}
        return sorted(
            code
            for code in codes
            if len(code) >= SHORTEST_VALUE and not any(code in seed for seed in seeds)
        )


def words(text: str) -> list[str]:
    """Returns the words of a text, as they are compared."""
    return spaced_words(_UNSPACED.sub(r" \1 ", text))


def _grams(found: Sequence[str], length: int) -> Iterator[tuple[str, ...]]:
    """Yields the runs of so many words."""
    for at in range(len(found) - length + 1):
        yield tuple(found[at : at + length])


def _leaves(value: Any) -> Iterator[str]:
    """Yields the texts and numbers of a JSON value."""
    if isinstance(value, dict):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _leaves(part)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield str(value)


def _enumerated(schema: Any) -> Iterator[str]:
    """Yields the texts and numbers that a JSON Schema enumerates, wherever."""
    if isinstance(schema, dict):
        yield from _leaves([schema.get("enum"), schema.get("const")])
        for part in schema.values():
            yield from _enumerated(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _enumerated(part)


def _squeezed(text: str) -> str:
    """Returns the letters and digits of a text in lower case, and nothing between them."""
    return "".join(filter(str.isalnum, "".join(words(text))))
