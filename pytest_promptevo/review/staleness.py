"""Whether the lock entry of an end is about its suite, as far as no code need run to know it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pytest_promptevo.errors import LockError
from pytest_promptevo.lock import changes
from pytest_promptevo.project.against_lock import AgainstLock
from pytest_promptevo.project.tested_genome import tested_genome
from pytest_promptevo.scorers import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.review.ends import End
    from pytest_promptevo.review.trees import Tree
    from pytest_promptevo.suite import Suite

Known = Literal["same", "changed", "unknown"]
"""Whether scorers are those of the lock: those of hooks cannot be told without importing them."""


@dataclass(frozen=True)
class Staleness:
    """How an end's lock entry stands to its suite.

    Attributes:
        changed: What changed since the entry was written, a phrase each.
        foreign: What is wrong with the recordings, or nothing.
        scorers: Whether the scorers are those of the lock.
        holding: How many of the locked verdicts are about an example, and a request, as they
            are now; None if that cannot be known.
        missing: How many examples have no recorded answer to what would be asked now; None if
            that cannot be known.
    """

    changed: tuple[str, ...] = ()
    foreign: str = ""
    scorers: Known = "same"
    holding: int | None = None
    missing: int | None = None

    @property
    def is_stale(self) -> bool:
        """Whether the evidence is not about this code."""
        return bool(self.changed or self.foreign)


def staleness_of(end: End, tree: Tree, other: End | None = None) -> Staleness:
    """Returns how an end's entry stands to its suite.

    Args:
        end: The end.
        tree: Its files.
        other: The other end of the change, whose entry is taken to fit its scorers.
    """
    suite, entry = end.suite, end.entry
    if suite is None or entry is None:
        return Staleness()
    against = AgainstLock(suite, entry, end.committed)
    scorers = _scorers(suite, entry, other)
    changed = changes(
        suite,
        entry,
        {},
        against.golden_changes,
        code=_changed_code(entry, end.lock, tree),
        unknown=() if scorers == "changed" else ("scorers",),
    )
    holding, missing = _holding(end, suite, entry) if changed else (None, None)
    foreign = end.damage or against.foreign(end.lock)
    return Staleness(tuple(changed), foreign, scorers, holding, missing)


def _scorers(suite: Suite, entry: Entry, other: End | None) -> Known:
    now = entry.fingerprints.get("scorers")
    if suite.fingerprints["scorers"] == now:
        return "same"
    names = {
        spec if isinstance(spec, str) else next(iter(spec), "")
        for spec in suite.spec.get("scorers", ())
    }
    if other is not None and other.suite is not None and other.entry is not None:
        then = other.entry.fingerprints.get("scorers")
        was_said = other.suite.fingerprints["scorers"]
        if suite.fingerprints["scorers"] == was_said and now == then:
            return "same"
        if was_said == then and all(name in BUILT_IN or ":" in name for name in names):
            return "changed"  # what can be told without their code has told the other end's
    return "changed" if names <= BUILT_IN.keys() and not entry.code else "unknown"


def _changed_code(entry: Entry, lock: Path, tree: Tree) -> list[str]:
    """Returns the files of scorers and target that are others now, or gone.

    Their paths start from the folder that tests ran in: that of the lock, or one above it.
    """
    above = [lock.parent, *lock.parent.parents]
    roots = above[: above.index(tree.top) + 1] if tree.top in above else above[:1]
    return [
        path
        for path, digest in entry.code.items()
        if digest not in {_digest(content) for content in _contents(path, roots, tree)}
    ]


def _contents(path: str, roots: list[Path], tree: Tree) -> Iterator[bytes]:
    for root in roots:
        if (content := tree.content(tree.resolved(root / path))) is not None:
            yield content


def _digest(content: bytes) -> str:
    # As base/source_files.py does it: ends of lines do not count.
    content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return f"sha256:{hashlib.sha256(content).hexdigest()[:16]}"


def _holding(end: End, suite: Suite, entry: Entry) -> tuple[int | None, int | None]:
    """Returns how many verdicts hold, and how many examples have no answer to be judged."""
    if suite.target or any(
        locked.reference != suite.prompt.models.get(role) for role, locked in entry.models.items()
    ):
        return None, None
    try:
        genome = tested_genome(suite, entry, end.lock, 0)
    except LockError:
        return None, None
    digest = entry.digests[suite.prompt.reference(genome)]
    answered = set()
    for example in suite.examples:
        unshown = suite.unshown(genome, example)
        requests = (
            suite.prompt.request(genome, example.inputs, without=unshown, draw=draw)
            for draw in range(suite.draws(genome))
        )
        if all(end.committed.get(each.key(digest), each.max_tokens) for each in requests):
            answered.add(example.id)
    same = {
        example.id
        for example in suite.examples
        if end.committed.golden.get(example.id) == example.fingerprint
    }
    return len(answered & same), len(suite.examples) - len(answered)
