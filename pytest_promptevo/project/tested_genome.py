"""The genome of a suite that a run tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.errors import LockError
from pytest_promptevo.genome import Genome

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.suite import Suite


def tested_genome(suite: Suite, entry: Entry | None, lock_path: Path, number: int) -> Genome:
    """Returns the locked genome, with shipped values for genes that are newer than the lock.

    Where the lock holds what the suite shipped when it was written, no search has found another
    one: then an edit of ``genome:`` is a new prompt to test, like an edit of ``prompt:``.

    Args:
        suite: The suite.
        entry: Its entry; for a candidate, as if that were the genome.
        lock_path: The lock, for messages.
        number: The candidate's number, for messages.

    Raises:
        LockError: if it uses what the suite no longer has.
    """
    if entry is None or (not number and _was_shipped(entry)):
        return suite.shipped
    known = {name: value for name, value in entry.genome.items() if name in suite.shipped}
    genome = Genome({**suite.shipped, **known})
    what = f"candidate-{number}" if number else "the genome"
    drop = "pytest --promptevo-update-lock, which drops the candidate"
    anew = "delete the entry and run pytest --evolve"
    for shot in genome.get("shots", ()):
        if shot not in suite.prompt.pool:
            raise LockError(
                f"{what} of {suite.name!r} uses the few-shot example {shot!r}, which is gone",
                path=lock_path,
                hint=f"put it back, or {drop if number else f'search anew: {anew}'}",
            )
    if genome["model"] not in suite.prompt.models:
        raise LockError(
            f"{what} of {suite.name!r} uses the model role {genome['model']!r}, which is gone",
            path=lock_path,
            hint=f"put it back under models:, or {drop if number else anew}",
        )
    if lacking := _lacking(suite, genome):
        name, example = lacking
        raise LockError(
            f"{what} of {suite.name!r} uses the input {name!r}, which example {example!r} "
            "does not have",
            path=lock_path,
            hint=f"put it back, or {drop if number else anew}",
        )
    return genome


def _was_shipped(entry: Entry) -> bool:
    return entry.fingerprints.get("genome") == digest(entry.genome)


def _lacking(suite: Suite, genome: Genome) -> tuple[str, str] | None:
    """Returns an input that the genome's texts use, and an example or shot without it."""
    used = suite.prompt.inputs(genome)
    shots = [suite.prompt.pool[shot] for shot in genome.get("shots", ())]
    for example in (*suite.examples, *shots):
        if missing := used - example.inputs.keys():
            return min(missing), example.id
    return None
