"""Genes that are texts which a search may edit, and be proposed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import shown
from pytest_promptevo.base.unseen import has_unseen
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.genome.gene import Gene, whole
from pytest_promptevo.genome.lineage import Birth, Family
from pytest_promptevo.genome.sentences import NEAR, cosine, jaccard, joined, normal, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

    from pytest_promptevo.genome.gene import Value

MOST, CHARS = 12, 400
"""Texts that a model may add to a gene, and letters of a text, where nobody says otherwise."""

LONGEST = 20_000
"""Letters of a text that may be grown at most."""

STOCK = (
    "Read the whole text first.",
    "Be exact.",
    "Keep the answer short.",
    "Do not explain the answer.",
    "Do not repeat the text.",
    "Copy words as they are written.",
    "If several answers fit, choose the one that fits best.",
    "Reply in one line.",
)
"""Sentences that say nothing of any task: what an edit without a model may add."""

_TRIES = 16
"""Edits that are tried until one makes another text."""

_TREE, _FADE = 0.5, 0.7
"""How much being relatives counts for likeness, and what is left of it after each step."""


class Text(Gene):
    """One of some texts, or one that is made of them: by edits, or by a model that is asked.

    An edit leaves out a sentence, adds one of a stock, or crosses two texts. What is made has
    one sentence a line.

    Args:
        texts: The texts to begin with.
        by: Who is asked for more texts, by a name that `evolve`'s caller understands; nobody
            if empty.
        max: Most texts that are added so.
        chars: Most letters of a text that is made.
        problem: Returns what is wrong with a text that was made, or nothing.

    Raises:
        SettingsError: for texts or numbers that make no gene.

    Attributes:
        family: The texts that were made, and how: a search has one of its own (see `fresh`).
    """

    def __init__(
        self,
        texts: Sequence[str],
        *,
        by: str = "",
        max: int = MOST,
        chars: int | None = None,
        problem: Callable[[str], str] = lambda _text: "",
    ) -> None:
        self.texts = _checked(texts)
        self.by = by
        self.max = whole("max", max)
        longest = len(sorted(self.texts, key=len)[-1])
        self.chars = whole("chars", chars) if chars is not None else CHARS
        if chars is None and longest > CHARS:
            self.chars = min(longest, LONGEST)
        if self.max < 1 or not 1 <= self.chars <= LONGEST:
            raise SettingsError(
                f"max must be 1 or more and chars from 1 to {LONGEST:,}: {self.max}, {self.chars}"
            )
        self.problem = problem
        self.family = Family()
        self._added: dict[str, None] = {}
        self._problems: dict[str, str] = {}

    def __repr__(self) -> str:
        return f"Text({list(self.texts)!r}, by={self.by!r}, max={self.max}, chars={self.chars})"

    @property
    def size(self) -> float:
        return math.inf

    @property
    def pool(self) -> tuple[str, ...]:
        """The texts to begin with, and those that were added."""
        return (*self.texts, *self._added)

    @property
    def room(self) -> int:
        """How many more texts may be added."""
        return self.max - len(self._added)

    def fresh(self) -> Text:
        return self.guarded(self.problem)

    def guarded(self, problem: Callable[[str], str]) -> Text:
        """Returns the gene with nothing grown yet and another judge of what is made."""
        return Text(self.texts, by=self.by, max=self.max, chars=self.chars, problem=problem)

    def check(self, value: Value) -> Value:
        if not isinstance(value, str):
            raise ValueError(f"{shown(value)} is no text")
        if value not in self.texts and (why := self._wrong(value)):
            raise ValueError(f"{shown(value)} cannot be a text of it: {why}")
        return value

    def at(self, quantile: float, rng: Generator) -> Value:
        return self.texts[min(int(quantile * len(self.texts)), len(self.texts) - 1)]

    def step(self, value: Value, rng: Generator) -> Value:
        others = any(text != value for text in self.pool)
        if not isinstance(value, str):
            return self._other(value, rng)
        moves = [self._add, *([self._other] if others else [])]
        if len(units(value)) > 1:
            moves.append(self._drop)
        for _ in range(_TRIES):
            if (made := moves[int(rng.integers(len(moves)))](value, rng)) != value:
                return made
        return value

    def cross(self, first: Value, second: Value, rng: Generator) -> Value:
        if first == second or rng.random() < 0.5:
            return first if rng.random() < 0.5 else second
        kept = [part for part in units(first) if rng.random() < 0.5]
        kept += [part for part in units(second) if rng.random() < 0.5 and part not in kept]
        return self._made(joined(kept), Birth("cross", (first, second)))

    def features(self, value: Value) -> list[float]:
        length = min(len(str(value)) / self.chars, 1.0)
        return [*(float(value == text) for text in self.texts), length]

    def add(self, text: str, birth: Birth) -> str:
        """Takes a text of somebody else's into the pool, if nothing is wrong with it.

        Returns:
            What is wrong with it, or nothing: whatever `check` finds, a copy of a text that is
            there, or one more text than there is room for.
        """
        if not self.room:
            return f"{self.max} texts were added already"
        if why := self._wrong(text) or self._copied(text):
            return why
        self._added[text] = None
        self.family.note(text, birth)
        return ""

    def likeness(self, first: str, second: str) -> float:
        """Returns how alike two texts are: by what they say, and by being relatives.

        It is a mean of two kernels, and so one itself, which their maximum would not be.
        """
        if first == second:
            return 1.0
        near: float = _FADE ** self.family.distance(first, second)  # 0 for strangers
        return _TREE * near + (1 - _TREE) * cosine(first, second)

    def _wrong(self, text: str) -> str:
        if len(text) > self.chars:  # however long: it is neither looked at nor kept
            return f"it has {len(text):,} letters, and {self.chars:,} are allowed"
        if text not in self._problems:
            self._problems[text] = _unusable(text) or self.problem(text)
        return self._problems[text]

    def _copied(self, text: str) -> str:
        known = dict.fromkeys((*self.pool, *self.family.births))
        if any(normal(text) == normal(each) for each in known):
            return "it is there already"
        if any(jaccard(text, each) > NEAR for each in known):
            return "a text that is there already is nearly the same"
        return ""

    def _made(self, text: str, birth: Birth) -> str:
        if text in birth.parents or (text not in self.texts and self._wrong(text)):
            return birth.parents[0]
        if text not in self.texts:
            self.family.note(text, birth)
        return text

    def _other(self, value: str, rng: Generator) -> str:
        others = [text for text in self.pool if text != value]
        return others[int(rng.integers(len(others)))]

    def _drop(self, value: str, rng: Generator) -> str:
        parts = units(value)
        left_out = int(rng.integers(len(parts)))
        rest = joined([*parts[:left_out], *parts[left_out + 1 :]])
        return self._made(rest, Birth("drop", (value,)))

    def _add(self, value: str, rng: Generator) -> str:
        sentence = STOCK[int(rng.integers(len(STOCK)))]
        parts = units(value) if value.strip() else []
        if sentence in parts:
            return value
        return self._made(joined([*parts, sentence]), Birth("add", (value,)))


def _unusable(text: str) -> str:
    if not text.strip():
        return "it is empty"
    return "it has letters that nobody sees" if has_unseen(text) else ""


def _checked(texts: Sequence[str]) -> tuple[str, ...]:
    if isinstance(texts, str) or not isinstance(texts, Sequence):
        raise SettingsError(f"the texts must be a list, not {shown(texts)}")
    if not texts:
        raise SettingsError("a text needs at least one text to begin with")
    for text in texts:
        if not isinstance(text, str):
            raise SettingsError(f"the texts hold {shown(text)}, which is none")
    if len(set(texts)) < len(texts):
        raise SettingsError("a text stands twice")
    return tuple(texts)
