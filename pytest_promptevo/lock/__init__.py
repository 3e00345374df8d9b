"""``promptevo.lock``: the genomes that were accepted, with their evidence."""

from pytest_promptevo.lock.candidate import Candidate, Compared, LockedReward, NotWorse, Proposal
from pytest_promptevo.lock.entry import Entry
from pytest_promptevo.lock.file import Lockfile, read_lock, write_lock
from pytest_promptevo.lock.parts import Confirmed, HeldOut, LockedModel, LockedShot, Search
from pytest_promptevo.lock.staleness import changes, evidence_holds, made_otherwise, same_scorers
from pytest_promptevo.lock.unseen import (
    Unseen,
    digests_of,
    held_out_of,
    told_anew,
    unseen_examples,
    with_failing,
)

__all__ = [
    "Candidate",
    "Compared",
    "Confirmed",
    "Entry",
    "HeldOut",
    "LockedModel",
    "LockedReward",
    "LockedShot",
    "Lockfile",
    "NotWorse",
    "Proposal",
    "Search",
    "Unseen",
    "changes",
    "digests_of",
    "evidence_holds",
    "held_out_of",
    "made_otherwise",
    "read_lock",
    "same_scorers",
    "told_anew",
    "unseen_examples",
    "with_failing",
    "write_lock",
]
