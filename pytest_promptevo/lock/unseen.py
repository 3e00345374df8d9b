"""Which golden examples the search for a locked genome never saw, after examples have changed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_promptevo.lock.entry import Entry
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

_MOST_COMPARED = 250_000
"""Pairs of old and new examples that are looked at for a changed id."""


def unseen_examples(suite: Suite, entry: Entry, golden: Mapping[str, str]) -> list[str]:
    """Returns the ids of the examples by which alone the locked genome may be judged.

    These are the examples that were held out, and those that came later, unless they are
    (nearly) the same as one that the search saw, maybe under another id. An example that the
    search saw and that was edited since counts as seen.

    Args:
        suite: The suite as it is now.
        entry: Its entry.
        golden: Example id to the digest of the example with which the entry was written;
            empty where that is not known: then what came later does not count.

    Returns:
        The ids in the suite's order; empty if nothing was held out.
    """
    held_out = set(entry.held_out.ids if entry.held_out else ())
    if not held_out:
        return []
    if not golden:
        return [example.id for example in suite.examples if example.id in held_out]
    same = {
        example.id for example in suite.examples if golden.get(example.id) == example.fingerprint
    }
    other = [example for example in suite.examples if example.id not in same]
    fitting = {name for name in same if name in held_out}
    if other:
        fitting |= _new(suite, other, held_out, golden, same)
    return [example.id for example in suite.examples if example.id in fitting]


def _new(
    suite: Suite,
    other: Sequence[Example],
    held_out: set[str],
    golden: Mapping[str, str],
    same: set[str],
) -> set[str]:
    """Returns those of the changed and added examples that the search did not see."""
    seen_before = [name for name in golden if name not in held_out]
    renamed = [name for name in seen_before if name not in same]
    fresh = {
        example.id
        for example in other
        if (example.id in held_out or example.id not in golden)
        and not _was(example, renamed, golden, len(other))
    }
    if not fresh:
        return fresh
    groups = dict(zip(suite.by_id, suite.duplicates.golden, strict=True))
    seen_groups = {
        groups[example.id]
        for example in suite.examples
        if example.id not in fresh and example.id not in held_out
    }
    return {name for name in fresh if groups[name] not in seen_groups}


def _was(example: Example, names: Iterable[str], golden: Mapping[str, str], count: int) -> bool:
    """Whether the search saw an example under another id."""
    names = list(names)
    if len(names) * count > _MOST_COMPARED:
        return True  # too many changed at once to tell: what may have been seen does not count
    return any(replace(example, id=name).fingerprint == golden[name] for name in names)
