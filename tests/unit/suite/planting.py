"""Plants near-duplicates among texts, as people make them: by an edit that keeps what is meant."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.prompt import Example
from pytest_promptevo.suite.normal_text import words

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

_FILLERS = ("please", "really", "just", "now", "also")


@dataclass(frozen=True)
class Planted:
    """Originals, followed by a copy of some of them.

    Attributes:
        examples: All of them.
        sources: Index of the copy to the index of its original.
        edits: Index of the copy to the name of its edit.
    """

    examples: list[Example]
    sources: dict[int, int]
    edits: dict[int, str]

    def found(self, groups: Sequence[int]) -> int:
        """Returns how many copies are in the group of their original."""
        return sum(groups[copy] == groups[source] for copy, source in self.sources.items())

    def missed(self, groups: Sequence[int]) -> list[tuple[str, str, str]]:
        """Returns edit, original and copy of each copy that is not in its group."""
        return [
            (self.edits[copy], self._text(source), self._text(copy))
            for copy, source in self.sources.items()
            if groups[copy] != groups[source]
        ]

    def others(self, groups: Sequence[int]) -> list[list[str]]:
        """Returns the groups in which two originals stand."""
        together: dict[int, list[str]] = {}
        for index in range(len(self.examples) - len(self.sources)):
            together.setdefault(groups[index], []).append(self._text(index))
        return [texts for texts in together.values() if len(texts) > 1]

    def _text(self, index: int) -> str:
        return str(self.examples[index].inputs["text"])


def planted(
    texts: Sequence[str], rng: random.Random, total: int = 200, copies: int = 20
) -> Planted:
    """Draws texts that differ in more than case and punctuation, and plants copies of some."""
    pool = list({tuple(words(text)): text for text in sorted(set(texts))}.values())
    originals = rng.sample(pool, min(total - copies, len(pool)))
    vocabulary = sorted({word for text in originals for word in words(text) if word.isalpha()})
    chosen = rng.sample(range(len(originals)), copies)
    made, sources, edits = list(originals), {}, {}
    names = list(EDITS)
    for turn, source in enumerate(chosen):
        name = names[turn % len(names)]
        sources[len(made)], edits[len(made)] = source, name
        made.append(EDITS[name](originals[source], rng, vocabulary))
    examples = [Example(str(index), {"text": text}, "x") for index, text in enumerate(made)]
    return Planted(examples, sources, edits)


def _case(text: str, rng: random.Random, _words: Sequence[str]) -> str:
    return rng.choice([str.upper, str.title, str.capitalize, str.swapcase])(text)


def _punctuation(text: str, rng: random.Random, _words: Sequence[str]) -> str:
    bare = re.sub(r"(?!\B-\d)(?<!\d)[.,!?'\"-]|[.,!?'\"-](?!\d)", "", text)
    return rng.choice([f"{text}.", f"{text}!!", f"{text.rstrip('.?!')}...", bare, f'"{text}"'])


def _blanks(text: str, rng: random.Random, _words: Sequence[str]) -> str:
    return rng.choice(
        [text.replace(" ", "  "), f"{text}\n", text.replace(" ", "\n", 1), f"\t{text} "]
    )


def _added(text: str, rng: random.Random, vocabulary: Sequence[str]) -> str:
    parts = text.split()
    parts.insert(rng.randint(0, len(parts)), rng.choice([*_FILLERS, rng.choice(vocabulary)]))
    return " ".join(parts)


def _polite(text: str, rng: random.Random, _words: Sequence[str]) -> str:
    return rng.choice([f"Hi, {text}", f"{text} Thanks", f"Please {text}", f"{text} please"])


def _changed(text: str, rng: random.Random, vocabulary: Sequence[str]) -> str:
    parts = text.split()
    places = [i for i, part in enumerate(parts) if not any(map(str.isdigit, part))]
    parts[rng.choice(places)] = rng.choice(vocabulary)
    return " ".join(parts)


def _typo(text: str, rng: random.Random, _words: Sequence[str]) -> str:
    parts = text.split()
    places = [i for i, part in enumerate(parts) if len(part) > 3 and part.isalpha()]
    if not places:
        return f"{text}."
    place = rng.choice(places)
    word = parts[place]
    at = rng.randrange(1, len(word) - 1)
    parts[place] = f"{word[:at]}{word[at + 1]}{word[at]}{word[at + 2 :]}"
    return " ".join(parts)


def _dropped(text: str, rng: random.Random, _words: Sequence[str]) -> str:
    parts = text.split()
    places = [i for i, part in enumerate(parts) if not any(map(str.isdigit, part))]
    del parts[rng.choice(places)]
    return " ".join(parts)


EDITS = {
    "case": _case,
    "punctuation": _punctuation,
    "blanks": _blanks,
    "word added": _added,
    "politeness": _polite,
    "word changed": _changed,
    "typo": _typo,
    "word dropped": _dropped,
}
