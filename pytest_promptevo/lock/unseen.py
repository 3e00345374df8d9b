"""Which golden examples the search for a locked genome never saw, after examples have changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.lock.input_digests import (
    exact_digest,
    exact_digests,
    input_digest,
    input_digests,
    is_known,
    known_digests,
)
from pytest_promptevo.lock.parts import MOST_NAMES_BEFORE, HeldOut
from pytest_promptevo.lock.ways import (
    Way,
    all_names,
    names_that_hold,
    names_that_tell,
    ways_to_tell,
)
from pytest_promptevo.lock.worst import worst

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pytest_promptevo.lock.ways import Genomes, Names
    from pytest_promptevo.prompt import Example
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
        gone: Qualities below 1, the worst that were locked since the search, of those that were
            held out and are gone or edited now: what fails cannot be taken out of the way.
        digests: Id to digest, of those held out. Of several that have one the worst counts.
        names: Names of the inputs that told them, if examples or prompt have others now.
        taken: How many are gone or edited since the entry was written.
        absent: Digests of all that are gone or edited.
    """

    held_out: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
    count: int = 0
    gone: tuple[float, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict, compare=False)
    names: tuple[str, ...] = field(default=(), compare=False)
    taken: int = field(default=0, compare=False)
    absent: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def is_lost(self) -> bool:
        """Whether so few are left that they do not speak for what was held out."""
        left = {self.digests.get(name, name) for name in self.held_out}
        return 2 * len(left) < self.count


def unseen_examples(suite: Suite, known: HeldOut | None, genomes: Genomes = ()) -> Unseen:
    """Returns which of a suite's examples the search for its locked genome never saw.

    Args:
        suite: The suite as it is now.
        known: What its entry knows of them, if any were held out.
        genomes: Those of its entry.
    """
    if known is None:
        return Unseen()
    held_out = _parted(known.exact or known.inputs)
    names = all_names(suite, known.all_names, genomes)
    ways = ways_to_tell(suite, known.all_names, genomes)
    digests = {
        example.id: next(filter(held_out.__contains__, exact_digests(example, ways)), "")
        for example in suite.examples
    }
    kept = {name: digest for name, digest in digests.items() if digest}
    there, searched = set(kept.values()), _parted(known.searched)
    as_before = [way for way in ways if way.names == tuple(known.names) and not way.renamed]
    are_told = any(all(map(way.fits, suite.examples)) for way in as_before)
    # A lock that does not tell what was gone tells at least how many were there.
    taken = held_out - there - _parted(known.gone)
    is_all = not known.gone and len(there) >= len(known.ids)
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
        () if are_told else tuple(known.names),
        0 if is_all else len(taken),
        frozenset(held_out - there),
    )


def held_out_of(
    suite: Suite,
    ids: Collection[str],
    searched_before: Iterable[str] = (),
    genomes: Genomes = (),
) -> HeldOut:
    """Returns what the lock keeps of the examples that a search did not see, without figures.

    Args:
        suite: The suite.
        ids: Ids of these examples.
        searched_before: Digests of what earlier searches have seen.
        genomes: Those that are to be locked.
    """
    names = names_that_tell(suite, genomes)
    held_out = [suite.by_id[name] for name in ids]
    searched = input_digests((each for each in suite.examples if each.id not in ids), names)
    return HeldOut(
        ids=sorted(ids),
        names=list(names),
        inputs=input_digests(held_out, names),
        exact=" ".join(sorted({exact_digest(example, Way(names)) for example in held_out})),
        searched=" ".join(sorted({*_parted(searched), *searched_before})),
    )


def digests_of(suite: Suite, examples: Iterable[Example], genomes: Genomes = ()) -> dict[str, str]:
    """Returns id to digest of examples, as the lock would tell them if they were held out.

    Args:
        suite: The suite.
        examples: The examples.
        genomes: Those that are to be locked.
    """
    way = Way(names_that_tell(suite, genomes))
    return {example.id: exact_digest(example, way) for example in examples}


def told_anew(suite: Suite, known: HeldOut, genomes: Genomes = ()) -> HeldOut:
    """Returns what was held out by the digests that its examples have now.

    So an input that the prompt no longer uses may go in the next update. What is not there
    keeps the digests that it has.

    Args:
        suite: The suite as it is now.
        known: What its entry knows.
        genomes: Those that are to be locked.
    """
    names = names_that_tell(suite, genomes)
    held = names_that_hold(suite, known.all_names, genomes)
    if tuple(known.names) in held and {*known.names} < {*names}:
        names = tuple(known.names)  # they suffice
    ways = list(dict.fromkeys([names, *all_names(suite, known.all_names, genomes)]))
    searched = _parted(known.searched)
    unseen = unseen_examples(suite, known, genomes)
    own: dict[str, set[str]] = {}
    for name, digest in unseen.digests.items():
        own.setdefault(digest, set()).add(exact_digest(suite.by_id[name], Way(names)))
    there = [suite.by_id[name] for name in unseen.held_out]
    seen = [example for example in suite.examples if is_known(example, ways, searched)]
    exact = _parted(known.exact or known.inputs) - own.keys()
    before = [each for each in known.all_names if each and each != list(names)]
    return known.model_copy(
        update={
            "names": list(names),
            "names_before": before[:MOST_NAMES_BEFORE],
            "inputs": _replaced(known.inputs, there, ways),
            "exact": " ".join(sorted(exact.union(*own.values()))),
            "searched": _replaced(known.searched, seen, ways),
            "failing": worst(
                (new, quality)
                for digest, quality in known.failing.items()
                for new in own.get(digest, {digest})
            ),
            "gone": " ".join(sorted(unseen.absent)),
        }
    )


def _replaced(digests: str, examples: Iterable[Example], ways: Sequence[Names]) -> str:
    """Returns digests with those of some examples as they are by the first of several ways."""
    old, new = set[str](), set[str]()
    for example in examples:
        old |= known_digests(example, ways)
        new.add(input_digest(example, ways[0]))
    return " ".join(sorted(_parted(digests) - old | new))


def with_failing(
    suite: Suite, held_out: HeldOut, quality: Mapping[str, float], genomes: Genomes = ()
) -> HeldOut:
    """Returns what was held out with the worst qualities that were ever locked since the search.

    What passes now keeps its worst, whatever made it pass: a detour over another scorer or
    model would wipe it out. That counts only once the example is gone.

    Args:
        suite: The suite as it is now.
        held_out: What was held out.
        quality: Id to quality of the examples that are there, where that is below 1.
        genomes: Those that are to be locked.
    """
    digests = unseen_examples(suite, held_out, genomes).digests
    now = [(digest, quality[name]) for name, digest in digests.items() if name in quality]
    return held_out.model_copy(update={"failing": worst([*held_out.failing.items(), *now])})


def _parted(digests: str) -> set[str]:
    return set(digests.split())
