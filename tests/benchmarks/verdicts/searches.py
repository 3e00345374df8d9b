"""Whole searches in simulated worlds: what was accepted, and what is true of it."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.project import Project, Settings

from .suites import FILE, write_suite
from .world import World, enter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from pytest_promptevo.project import Evolution, SuiteRun

SHIPPED, BETTER = 0.6, 0.75
EQUAL = (SHIPPED,) * 8
ONE_BETTER = (SHIPPED, SHIPPED, SHIPPED, 0.5, BETTER, SHIPPED, 0.45, SHIPPED)
FLIPPING = 0.225
"""Share of examples on which shipped and better genome differ, where difficulty is shared."""

# Two genomes share an example's luck if both do; then only the gain flips, else both ways.
_APART = SHIPPED * (1 - BETTER) + BETTER * (1 - SHIPPED)
SHARED = float(np.sqrt((_APART - FLIPPING) / (_APART - (BETTER - SHIPPED))))


@dataclass(frozen=True)
class Scene:
    """Searches of one kind.

    Attributes:
        name: Its name in the report.
        truth: Share of right answers of each genome in the long run; the first is shipped.
        examples: Number of golden examples.
        threshold: Of the gate, which the shipped genome fails in truth.
        temperature: Above 0 a question that is asked again is answered anew.
        shared: See `World`.
        drifts: Whether latency counts, and the first half of a search's calls is slow.
    """

    name: str
    truth: tuple[float, ...]
    examples: int
    threshold: float = 0.7
    temperature: float = 0.0
    shared: float = 0.0
    drifts: bool = False

    @property
    def latency_weight(self) -> float:
        """What a millisecond takes off the fitness, as by default, where speed drifts."""
        return -0.001 if self.drifts else 0.0

    @property
    def prompts(self) -> dict[str, float]:
        """The first words of each prompt, and its truth."""
        return {f"Style {index}:": quality for index, quality in enumerate(self.truth)}


@dataclass(frozen=True)
class Found:
    """How a search ended.

    Attributes:
        accepted: Whether its genome was accepted.
        green: Whether the suite passes its gate from now on.
        before: What is true of the shipped genome.
        after: What is true of the accepted one.
        figure: The quality that the suite's gate tells once the genome is accepted.
        candidate: What is true of the best genome that was found, accepted or not.
        held_out: Its quality on the examples that the search never saw.
        calls: Calls to the model.
        falls_anew: Whether the accepted genome fails against its own lock once all its answers
            are drawn anew; False where a question is always answered the same.
    """

    accepted: bool
    green: bool
    before: float
    after: float
    figure: float
    candidate: float
    held_out: float
    calls: int
    falls_anew: bool


def searched(scene: Scene, count: int, executor: Executor | None = None) -> list[Found]:
    """Makes searches until as many have started from a gate that fails.

    A shipped genome may pass by the luck of its examples: then nothing is searched, and the
    next seed takes its place.
    """
    found: list[Found] = []
    seed = 0
    while len(found) < count:
        seeds = range(seed, seed + count - len(found))
        one = partial(search_once, scene)
        results = executor.map(one, seeds) if executor else map(one, seeds)
        found += [result for result in results if result is not None]
        seed = seeds.stop
    return found


def search_once(scene: Scene, seed: int) -> Found | None:
    """Searches in the world of a seed; returns None if the shipped genome passes there."""
    world = World(seed, scene.prompts, scene.shared, draws_anew=scene.temperature > 0)
    if scene.drifts:
        with _evolved(scene, world) as (*_, calls):
            world = replace(world, calls=0, slow_calls=calls // 2)
    with _evolved(scene, world) as (project, run, evolution, calls):
        if evolution.outcome is None:
            return None
        return _found(scene, project, run, evolution, calls)


@contextmanager
def _evolved(scene: Scene, world: World) -> Iterator[tuple[Project, SuiteRun, Evolution, int]]:
    """Evolves the suite of a project that is gone in the end; yields its calls, too."""
    with tempfile.TemporaryDirectory() as name:
        write_suite(Path(name), scene)
        enter(world)
        settings = Settings(seed=world.seed, provider={"concurrency": 1})
        with Project.open(name, settings) as project:
            run = project.load(FILE)
            evolution = project.evolve(run)
            yield project, run, evolution, world.calls


def _found(
    scene: Scene, project: Project, run: SuiteRun, evolution: Evolution, calls: int
) -> Found:
    outcome = evolution.outcome
    assert outcome is not None
    if outcome.accepted:
        project.accept(run, evolution)
    verdict, candidate = run.judge(), outcome.result.recommended
    deciding = verdict.unseen or verdict.gate
    return Found(
        accepted=outcome.accepted,
        green=verdict.passes,
        before=scene.prompts[outcome.before["how"]],
        after=scene.prompts[run.genome["how"]],
        figure=deciding.figures.objectives["quality"].mean,
        candidate=scene.prompts[candidate["how"]],
        held_out=outcome.unseen[1].figures.objectives["quality"].mean,
        calls=calls,
        falls_anew=outcome.accepted and scene.temperature > 0 and _falls_anew(project.root),
    )


def _falls_anew(root: Path) -> bool:
    with Project.open(root, Settings(record="all", provider={"concurrency": 1})) as project:
        paired = project.judge(project.load(FILE)).paired
        return paired is not None and paired.is_worse
