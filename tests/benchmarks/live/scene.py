"""A lock with candidates, a store, and processes that serve its traffic."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.lock import (
    Candidate,
    Compared,
    Entry,
    HeldOut,
    LockedModel,
    Lockfile,
    NotWorse,
    Proposal,
    write_lock,
)
from pytest_promptevo.lock.parts import LockedPrompt, Mean, SuiteFigures, suite_figures
from pytest_promptevo.prompt import OutputSpec
from pytest_promptevo.runtime import arms
from pytest_promptevo.state.controller import is_same_evidence, rebuild, tick
from pytest_promptevo.state.opening import Place

if TYPE_CHECKING:
    from pytest_promptevo.state.sql_state import SqlState

SUITE = "orders"
GENOME = {"how": "Read: {{m}}", "shots": [], "model": "primary", "temperature": 0.5}
TEXTS = ("Read: {{m}}", "Find: {{m}}", "Copy: {{m}}")
"""What the locked genome and its candidates say."""

HELD_OUT = HeldOut(ids=["a"], inputs="00000001", searched="00000002")

PACKAGES = Path(__file__).parents[1]


def entry(texts: tuple[str, ...] = TEXTS, **changes: Any) -> Entry:
    genomes = [{**GENOME, "how": text} for text in texts]
    figure = suite_figures(figures([Score(0.8, 10.0, 20.0)] * 30, Objectives()))
    values: dict[str, Any] = {
        "genome": genomes[0],
        "candidates": [_candidate(genome, figure) for genome in genomes[1:]],
        "proposal": Proposal(strategy="racing", seed=0, calls=900, held_out=HELD_OUT),
        "prompt": LockedPrompt(user="{{how}}"),
        "output": OutputSpec(format="text", max_repairs=1),
        "models": {"primary": LockedModel(reference="scripted:live.model:answer", digest="d")},
        "objectives": {"quality": 1.0, "tokens": -0.001},
        "figures": {"after": figure},
        "search": "accepted as it is",
        "fingerprints": {},
    }
    return Entry(**{**values, **changes})


def _candidate(genome: dict[str, Any], figure: SuiteFigures) -> Candidate:
    none = Mean(mean=0.0, low=0.0, high=0.0)
    test = NotWorse(
        n=30, difference=none, margin=0.05, p_better=1.0, p_not_worse=1.0, verdict="open"
    )
    compared = Compared(locked=figure, candidate=figure)
    return Candidate(genome=genome, held_out=compared, confirmed=test, recordings="sha256:0")


class Scene:
    """A lock and its store.

    Args:
        folder: Where the lock is.
        state: The store, as `live` takes it.
        texts: What the locked genome and its candidates say.
        changes: What else of the entry differs.
    """

    def __init__(
        self,
        folder: Path,
        state: str | Path | None = None,
        texts: tuple[str, ...] = TEXTS,
        **changes: Any,
    ) -> None:
        self.folder = folder
        self.lock = folder / "promptevo.lock"
        self.state = state
        write_lock(Lockfile(self.lock).with_entry(SUITE, entry(texts, **changes)))
        self.arms = arms.read_arms(self.lock, SUITE, {}, None, None)
        self.place = Place.of(state, self.lock)

    @property
    def lineup(self) -> Any:
        return self.arms.lineup

    def open(self) -> SqlState:
        """Returns the store, connected."""
        store = self.place.open(10.0)
        store.prepare()
        return store

    def decisions(self, store: SqlState) -> dict[str, str]:
        """Returns the decisions that have an outcome, and why it is no evidence."""
        with store.reading() as session:
            rows = session.rows("SELECT decision, left_out FROM promptevo_outcome")
        return {row[0]: row[1] for row in rows}

    def holds(self, store: SqlState) -> dict[str, Any]:
        """Moves the rollout on, and returns whether it is what its log says."""
        tick(store, self.lineup)
        row = store.rollout(SUITE, self.lineup.key)
        rebuilt = rebuild(store, self.lineup)
        assert row is not None
        assert rebuilt is not None
        progress = self.lineup.progress(row.progress)
        versions = [found.version for found in store.allocations(SUITE, self.lineup.key)]
        evidence = [why for why in self.decisions(store).values() if not why]
        return {
            "equal": is_same_evidence(progress, rebuilt),
            "n": progress.n,
            "evidence": len(evidence),
            "allocations": len(versions),
            "in_order": versions == list(range(1, len(versions) + 1)),
        }

    def worker(self, number: int, *options: str) -> Worker:
        """Starts a process that serves traffic."""
        return Worker(self, number, options)


class Worker:
    """A process that chooses and reports, and writes down what was acknowledged."""

    def __init__(self, scene: Scene, number: int, options: tuple[str, ...]) -> None:
        self.acknowledged = scene.folder / f"acknowledged-{number}"
        self.errors = scene.folder / f"errors-{number}"
        state = [] if scene.state is None else ["--state", str(scene.state)]
        paths = [str(PACKAGES), os.environ.get("PYTHONPATH", "")]
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "live.worker", str(scene.lock)),
                    *(str(self.acknowledged), *state, *options),
                ],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
                stdout=subprocess.PIPE,
                stderr=errors,
            )

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n", self.errors.read_text()

    def result(self) -> dict[str, Any]:
        """Waits for its end and returns what it has measured."""
        out, _ = self.process.communicate()
        assert self.process.returncode == 0, self.errors.read_text()
        told: dict[str, Any] = json.loads(out.splitlines()[-1])
        return told

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def acknowledgements(self) -> list[str]:
        """Returns the decisions whose report has returned True; a part of a line is none."""
        if not self.acknowledged.exists():
            return []
        text = self.acknowledged.read_text()
        return text[: text.rfind("\n") + 1].split()


def wait_until(check: Any, seconds: float = 10.0) -> bool:
    """Waits until something holds; returns whether it does."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
