"""Which golden examples the search for a locked genome never saw, after examples have changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.lock.input_digests import (
    digest_before,
    exact_digest,
    input_digests,
    is_known,
    names_that_tell,
)
from pytest_promptevo.lock.parts import HeldOut

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from pytest_promptevo.suite import Suite


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
        gone: Qualities below 1, as last known, of those that were held out and are gone or
            edited now: what fails cannot be taken out of the way.
        digests: Id to digest, of those held out. Of several that have one the worst counts.
    """

    held_out: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    count: int = 0
    gone: tuple[float, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def is_lost(self) -> bool:
        """Whether so few are left that they do not speak for what was held out."""
        left = {self.digests.get(name, name) for name in self.held_out}
        return 2 * len(left) < self.count


def unseen_examples(suite: Suite, known: HeldOut | None) -> Unseen:
    """Returns which of a suite's examples the search for its locked genome never saw.

    Args:
        suite: The suite as it is now.
        known: What its entry knows of them, if any were held out.
    """
    if known is None:
        return Unseen()
    names = names_that_tell(suite, known.names)
    held_out = _parted(known.exact or known.inputs)
    digests = {
        example.id: exact_digest(example, names) if known.exact else digest_before(example)
        for example in suite.examples
    }
    kept = {name: digest for name, digest in digests.items() if digest in held_out}
    there, searched = set(kept.values()), _parted(known.searched)
    return Unseen(
        tuple(kept),
        tuple(
            example.id
            for example in suite.examples
            if example.id not in kept and not is_known(example, names, searched)
        ),
        len(held_out),
        tuple(quality for digest, quality in known.failing.items() if digest not in there),
        kept,
    )


def held_out_of(suite: Suite, ids: Collection[str], searched_before: Iterable[str] = ()) -> HeldOut:
    """Returns what the lock keeps of the examples that a search did not see, without figures.

    Args:
        suite: The suite.
        ids: Ids of these examples.
        searched_before: Digests of what earlier searches have seen.
    """
    names = names_that_tell(suite)
    held_out = [suite.by_id[name] for name in ids]
    searched = input_digests((each for each in suite.examples if each.id not in ids), names)
    return HeldOut(
        ids=sorted(ids),
        names=names,
        inputs=input_digests(held_out, names),
        exact=" ".join(sorted({exact_digest(example, names) for example in held_out})),
        searched=" ".join(sorted({*_parted(searched), *searched_before})),
    )


def with_failing(suite: Suite, held_out: HeldOut, quality: Mapping[str, float]) -> HeldOut:
    """Returns what was held out with the qualities there: of what is gone as last known.

    Args:
        suite: The suite as it is now.
        held_out: What was held out.
        quality: Id to quality of the examples that are there, where that is below 1.
    """
    digests = unseen_examples(suite, held_out).digests
    gone = {
        digest: last for digest, last in held_out.failing.items() if digest not in digests.values()
    }
    worst = sorted(
        ((quality[name], digest) for name, digest in digests.items() if name in quality),
        reverse=True,
    )
    failing = {**gone, **{digest: now for now, digest in worst}}
    return held_out.model_copy(update={"failing": dict(sorted(failing.items()))})


def _parted(digests: str) -> set[str]:
    return set(digests.split())
