"""``promptevo.lock``: the genomes that were accepted, with their evidence."""

from pytest_promptevo.lock.entry import Confirmed, Entry, LockedModel, LockedShot, Search
from pytest_promptevo.lock.file import Lockfile, read_lock, write_lock
from pytest_promptevo.lock.staleness import changes

__all__ = [
    "Confirmed",
    "Entry",
    "LockedModel",
    "LockedShot",
    "Lockfile",
    "Search",
    "changes",
    "read_lock",
    "write_lock",
]
