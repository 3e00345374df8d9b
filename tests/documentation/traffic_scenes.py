"""Folders for samples of production: simulated requests on a locked genome and candidates."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from night.scene import Scene as Night
from unit.support import make_candidate, with_candidates

from pytest_promptevo.lock import LockedModel, Lockfile, write_lock
from pytest_promptevo.runtime import live, store_link, traffic
from pytest_promptevo.runtime.arms import read_arms
from pytest_promptevo.state.controller import tick
from pytest_promptevo.state.opening import Place

from .stage import scene

if TYPE_CHECKING:
    from pathlib import Path

    from .stage import Stage

_SUITE = "order-number"
_CHANCES = {"genome": 0.7, "candidate-1": 0.8, "candidate-2": 0.4}
"""How often each gives a good answer; a poor one is worth `_POOR`."""

_POOR = 0.2

_REPORTED = 0.93
_TICK = 50
_SEED = 7


def _lock(folder: Path) -> Path:
    """Writes a lock with two candidates; returns its path."""
    genomes = [
        {"instruction": text, "shots": [], "model": "primary"}
        for text in ("Read.", "Find.", "Copy.")
    ]
    entry = with_candidates(
        *(make_candidate(genome=genome) for genome in genomes[1:]),
        genome=genomes[0],
        models={"primary": LockedModel(reference="scripted:model:answer", digest="d")},
    )
    lock = folder / "promptevo.lock"
    write_lock(Lockfile(lock).with_entry(_SUITE, entry))
    return lock


def _quiet(patch: Any) -> None:
    """Takes chance and the clock out of what follows."""
    for name in ("PROMPTEVO_STATE", "PROMPTEVO_LIVE"):
        patch.delenv(name, raising=False)
    patch.setattr(traffic, "urandom", Random(_SEED).randbytes)
    patch.setattr(store_link, "PATIENCE", 20.0)
    patch.setattr(store_link, "STALE_SECONDS", 60.0)
    patch.setattr(store_link, "_FIRST_SECONDS", 20.0)
    patch.setattr(store_link, "TICK_SECONDS", 1e9)


def _serve(stage: Stage, requests: int) -> Path:
    """Serves requests, some of which nobody reports on; returns the lock."""
    _quiet(stage.fixture("monkeypatch"))
    rng = Random(_SEED)
    lock = _lock(stage.folder)
    lineup = read_arms(lock, _SUITE, {}, None, None).lineup
    store = Place.of(None, lock).open(5.0)
    store.prepare()
    tick(store, lineup)
    for _ in range(requests // _TICK):
        with live(lock, _SUITE) as orders:
            for _ in range(_TICK):
                turn = orders.choose()
                chance = _CHANCES[turn.name]
                if rng.random() < _REPORTED:
                    turn.report(quality=1.0 if rng.random() < chance else _POOR)
        tick(store, lineup)
    store.close()
    return lock


@scene
def rollout(stage: Stage) -> None:
    """A rollout at its first stage."""
    _serve(stage, 500)


@scene
def rollout_later(stage: Stage) -> None:
    """The same rollout after more requests."""
    _serve(stage, 2000)


@scene
def failures(stage: Stage) -> None:
    """Failures of production that wait for an answer."""
    lock = _serve(stage, 0)
    with live(lock, _SUITE, redact=lambda inputs, answer: (inputs, answer)) as orders:
        for number in (23326, 61975, 40112):
            turn = orders.choose()
            turn.answer(lambda _request: "I", message=f"Where is my order {number}?")
            assert turn.report(quality=0.0)


@scene
def night(stage: Stage) -> None:
    """A project with an accepted genome and six failures of production."""
    project = Night(stage.folder)
    project.make()
    project.fail(*range(200, 206))
