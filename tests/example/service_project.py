"""A lock with a candidate, whose model answers the last word of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unit.support import make_candidate, with_candidates

from pytest_promptevo.lock import LockedModel, Lockfile, write_lock

if TYPE_CHECKING:
    from pathlib import Path

SUITE = "orders"
MODEL = "def answer(request):\n    return request.messages[-1].content.split()[-1]\n"


def write_project(folder: Path) -> Path:
    """Writes the model and the lock; returns the lock's path."""
    (folder / "last_word_model.py").write_text(MODEL, "utf-8")
    lock = folder / "promptevo.lock"
    models = {"primary": LockedModel(reference="scripted:last_word_model:answer", digest="d")}
    genome = {"instruction": "Read.", "shots": [], "model": "primary"}
    entry = with_candidates(make_candidate(), models=models, genome=genome)
    write_lock(Lockfile(lock).with_entry(SUITE, entry))
    return lock
