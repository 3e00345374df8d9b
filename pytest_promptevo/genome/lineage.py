"""Where the texts of a search come from."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

FARTHEST = 8
"""Steps between relatives that are counted; who is farther away is none."""


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

    Of a text that was made twice the first birth counts. A tree is made of the first parents.
    """

    def __init__(self) -> None:
        self._births: dict[str, Birth] = {}

    def note(self, text: str, birth: Birth) -> None:
        """Writes down a birth, unless the text is there already."""
        if text not in birth.parents:
            self._births.setdefault(text, birth)

    @property
    def births(self) -> Mapping[str, Birth]:
        """All births by text."""
        return self._births

    def distance(self, first: str, second: str) -> int:
        """Returns the steps from a text to another one by their first parents.

        Returns:
            `FARTHEST` if they are farther away or no relatives.
        """
        ours = self._ancestors(first)
        for steps, text in enumerate(self._ancestors(second)):
            if text in ours:
                return min(steps + ours[text], FARTHEST)
        return FARTHEST

    def _ancestors(self, text: str) -> dict[str, int]:
        """Returns a text and its first parents, with the steps up to them, nearest first."""
        found, waiting = {text: 0}, deque([text])
        while waiting:
            child = waiting.popleft()
            birth = self._births.get(child)
            if birth is not None and birth.parents and birth.parents[0] not in found:
                found[birth.parents[0]] = found[child] + 1
                waiting.append(birth.parents[0])
        return found
