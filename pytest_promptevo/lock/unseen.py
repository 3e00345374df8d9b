"""Which golden examples the search for a locked genome never saw, after examples have changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.suite.normal_text import normal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.lock.entry import Entry
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

_DIGITS = 8
"""Hex digits of an input's digest. Two that meet by chance make a later example count as seen."""


@dataclass(frozen=True)
class Unseen:
    """What is left of the examples by which alone a locked genome may be judged.

    Examples are told by their inputs, not by their ids, so that neither a new id nor a
    detour over another lock makes an example unseen that the search saw.

    Attributes:
        held_out: Ids of the examples that were held out from the search, in the suite's order.
        later: Ids of those that it did not have: added, copied or edited since then. They can tell
            that the genome fails. They cannot excuse that it fails on what was held out, since
            an edit of what the search saw is among them, too.
        count: How many were held out.
    """

    held_out: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    count: int = 0

    @property
    def is_lost(self) -> bool:
        """Whether so few are left that they do not speak for what was held out."""
        return 2 * len(self.held_out) < self.count


def unseen_examples(suite: Suite, entry: Entry) -> Unseen:
    """Returns which of a suite's examples the search for its locked genome never saw.

    Args:
        suite: The suite as it is now.
        entry: Its entry.
    """
    if entry.held_out is None:
        return Unseen()
    held_out, searched = _known(entry.held_out.inputs), _known(entry.held_out.searched)
    digests = {example.id: input_digest(example) for example in suite.examples}
    # Copies of one that passes would outweigh those that fail: each input counts once.
    first = {digest: name for name, digest in reversed(digests.items())}
    kept = {name for digest, name in first.items() if digest in held_out}
    return Unseen(
        tuple(name for name in digests if name in kept),
        tuple(
            name for name, digest in digests.items() if name not in kept and digest not in searched
        ),
        len(held_out),
    )


def input_digest(example: Example) -> str:
    """Returns what tells the inputs of an example, but for case, blanks and punctuation."""
    return text_key(normal(example.inputs))[:_DIGITS]


def input_digests(examples: Iterable[Example]) -> str:
    """Returns the digests of the inputs of some examples, sorted, as the lock keeps them."""
    return " ".join(sorted({input_digest(example) for example in examples}))


def _known(digests: str) -> set[str]:
    return set(digests.split())
