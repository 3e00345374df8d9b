"""Where the texts of a search come from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Birth:
    """How a text came to be.

    Attributes:
        operator: What made it: ``drop``, ``add``, ``cross`` or what was asked of a model.
        parents: The texts that it was made of, the first one its nearest.
        diagnosis: What the model said was wrong with the parent; empty without a model.
        examples: Places of the examples that the model saw.
    """

    operator: str
    parents: tuple[str, ...] = ()
    diagnosis: str = ""
    examples: tuple[int, ...] = ()


class Family:
    """The texts of a gene that were made in a search, and how.

    First parents make a tree of them, or several. A text has its place in it for good once it
    was compared or had a child: likenesses that were computed stay true.
    """

    def __init__(self) -> None:
        self._births: dict[str, Birth] = {}
        self._paths: dict[str, tuple[str, ...]] = {}

    def note(self, text: str, birth: Birth) -> None:
        """Writes down a birth, unless the text has its place already."""
        if text not in self._paths and birth.parents:
            self._births[text] = birth
            self._paths[text] = (*self._path(birth.parents[0]), text)

    @property
    def births(self) -> Mapping[str, Birth]:
        """All births by text."""
        return self._births

    def distance(self, first: str, second: str) -> float:
        """Returns the steps from a text to another one by their first parents.

        Returns:
            Infinity if they are no relatives.
        """
        ours, theirs = self._path(first), self._path(second)
        shared = 0
        for left, right in zip(ours, theirs, strict=False):
            if left != right:
                break
            shared += 1
        return len(ours) + len(theirs) - 2 * shared if shared else math.inf

    def _path(self, text: str) -> tuple[str, ...]:
        """Returns the way from the root of its tree down to a text."""
        return self._paths.setdefault(text, (text,))
