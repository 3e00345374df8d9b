"""What keeps a text that was made from being used: it breaks a placeholder, or tells an answer.

A search makes texts of its own and has models propose some, in view of golden examples. One
that quotes an example would be measured on what it quotes, and whoever reads the lock would
read the example.
"""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.prompt.template import PLACEHOLDER
from pytest_promptevo.suite.quotations import RUN, SHORTEST_JOINED, Quotations
from pytest_promptevo.suite.told_words import grams, has_apostrophe, parts, squeezed, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_promptevo.prompt import Example, OutputSpec

SHORTEST_WHOLE = 3
"""Words of an input which is so short that its whole is a quotation."""

SHORTEST_VALUE = 4
"""Letters of an expected value that must not be told."""

MOST_WORDS = 2_000_000
"""Words of all examples together that a text can be compared with."""

_LONGEST_VALUE = 12

_SHORTEST_JOINED_VALUE = 10
"""Letters of an expected value without a digit that is known without blanks, too."""


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
        return self._broken(text) or self.leaking(text)

    def leaking(self, text: str) -> str:
        """Returns what of an example a text tells, or nothing; raises as a call does."""
        told = words(text)
        letters = squeezed(told)
        if self._quotations.any_in(told):
            return f"it has {RUN} words in a row of an example"
        for length in range(SHORTEST_WHOLE, RUN):
            if any(gram in self._whole for gram in grams(told, length)):
                return "it has the whole input of an example"
        if any(whole in letters for whole in self._joined_wholes):
            return "it has the whole input of an example"
        return self._answering(text, told, letters)

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

    def _answering(self, text: str, told: list[str], letters: str) -> str:
        for found in (told, parts(text)):
            for length in range(1, _LONGEST_VALUE + 1):
                if any(gram in self._values for gram in grams(found, length)):
                    return "it has an answer that an example expects"
        if any(value in letters for value in self._codes):
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
            for gram in (*grams(words(seed), length), *grams(parts(seed), length))
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
    def _quotations(self) -> Quotations:
        return Quotations(self._texts, [words(seed) for seed in self._seeds])

    @cached_property
    def _squeezed_seeds(self) -> list[str]:
        return [squeezed(words(seed)) for seed in self._seeds]

    @cached_property
    def _joined_wholes(self) -> list[str]:
        """Short inputs without blanks, if no seed has them."""
        found = {squeezed(whole) for whole in self._whole}
        return self._unknown(whole for whole in found if len(whole) >= SHORTEST_JOINED)

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
        split = ((leaf, tuple(cut(leaf))) for leaf in self._secrets for cut in (words, parts))
        return {
            value
            for leaf, value in split
            if 1 <= len(value) <= _LONGEST_VALUE
            and (len("".join(value)) >= SHORTEST_VALUE or not has_apostrophe(leaf))
        }

    @cached_property
    def _codes(self) -> list[str]:
        """Values with a digit, and long ones, which are known however they are punctuated."""
        least = {
            squeezed(words(leaf)): SHORTEST_VALUE
            if any(map(str.isdigit, leaf))
            else _SHORTEST_JOINED_VALUE
            for leaf in self._secrets
        }
        return self._unknown(code for code, letters in least.items() if len(code) >= letters)

    def _unknown(self, found: Iterable[str]) -> list[str]:
        """Returns those that no seed has, whatever stands between their letters."""
        return sorted(
            each for each in found if not any(each in seed for seed in self._squeezed_seeds)
        )


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
