"""What the project's strategies are compared with: random search and Optuna's samplers.

Optuna is imported here and nowhere else, when one of its samplers is asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_promptevo.genome import Choice, FewShot, Float, Gene, Int, Value

from .capo import capo
from .desk import START, BudgetSpent, Desk, Settled
from .signed_rank import quick

if TYPE_CHECKING:
    from pytest_promptevo.genome import Genome, SearchSpace

TRIALS = 600
"""Most trials of one search. Trials that repeat a genome are free, so there must be an end."""

Baseline = Callable[[Desk, int], str]
"""Searches with a seed until the budget is spent; returns why it ended."""


def random_search(desk: Desk, seed: int) -> str:
    """Draws genomes uniformly and scores each on every example."""
    rng = np.random.default_rng([seed, 1])
    first = desk.start()
    try:
        for at in range(TRIALS):
            genome = first[at] if at < len(first) else desk.space.sample(rng, first[0])
            for index in range(desk.examples):
                desk.fitness(genome, index)
            desk.settle()
    except BudgetSpent:
        return "budget"
    except Settled:
        return "settled"
    return "trials"


def tpe(desk: Desk, seed: int) -> str:
    """Tree-structured Parzen estimator, every genome on every example."""
    return _optuna(desk, seed, "tpe")


def tpe_wilcoxon(desk: Desk, seed: int) -> str:
    """The same with a pruner that tests a genome against the best one, example by example."""
    return _optuna(desk, seed, "tpe", prune=True)


def nsga2(desk: Desk, seed: int) -> str:
    """A genetic algorithm with a population of twelve."""
    return _optuna(desk, seed, "nsga2")


BASELINES: dict[str, Baseline] = {
    "random": random_search,
    "tpe": tpe,
    "tpe+wilcoxon": tpe_wilcoxon,
    "nsga2": nsga2,
    "capo": capo,
}
"""The baselines by name."""


def _optuna(desk: Desk, seed: int, sampler: str, *, prune: bool = False) -> str:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    samplers = optuna.samplers
    made = (
        samplers.TPESampler(seed=seed)
        if sampler == "tpe"
        else samplers.NSGAIISampler(seed=seed, population_size=START)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        pruner = optuna.pruners.WilcoxonPruner() if prune else optuna.pruners.NopPruner()
    study = optuna.create_study(direction="maximize", sampler=made, pruner=pruner)
    coder = Coder(desk.space, desk.start()[0])
    for genome in desk.start():
        study.enqueue_trial(coder.parameters(genome))
    rng = np.random.default_rng([seed, 2])
    try:
        with quick():
            for _ in range(TRIALS):
                trial = study.ask()
                study.tell(trial, _trial(desk, trial, coder.genome(trial), rng, prune))
                desk.settle()
    except BudgetSpent:
        return "budget"
    except Settled:
        return "settled"
    return "trials"


def _trial(desk: Desk, trial: Any, genome: Genome, rng: np.random.Generator, prune: bool) -> float:
    """Returns the mean fitness over the examples that the pruner let the genome see.

    A pruned trial is told as that mean, as Optuna's documentation of the pruner advises.
    """
    values = []
    for index in map(int, rng.permutation(desk.examples)):
        values.append(desk.fitness(genome, index))
        if prune:
            trial.report(values[-1], index)
            if trial.should_prune():
                break
    return float(np.mean(values))


class Coder:
    """Genomes as Optuna's parameters.

    Numbers become the place on their grid, so that their order is kept; few-shot genes
    become one categorical parameter for each slot, so that single examples can be learnt
    about.

    Args:
        space: The genes.
        base: Where all other values come from.
    """

    def __init__(self, space: SearchSpace, base: Genome) -> None:
        self._space = space
        self._base = base

    def parameters(self, genome: Genome) -> dict[str, Any]:
        """Returns the parameters that stand for a genome."""
        made: dict[str, Any] = {}
        for name, gene in self._space.items():
            made.update(_encoded(name, gene, genome[name]))
        return made

    def genome(self, trial: Any) -> Genome:
        """Returns the genome of a trial's parameters."""
        drawn = {name: _suggested(trial, name, gene) for name, gene in self._space.items()}
        return self._base.with_(**drawn)


def _encoded(name: str, gene: Gene, value: Value) -> dict[str, Any]:
    if isinstance(gene, FewShot):
        filled = [*value, *[""] * (gene.max - len(value))]
        return {f"{name}_{slot}": each for slot, each in enumerate(filled)}
    if isinstance(gene, (Int, Float)):
        return {name: gene.grid.index(value)}
    return {name: value}


def _suggested(trial: Any, name: str, gene: Gene) -> Value:
    if isinstance(gene, FewShot):
        options = ["", *gene.pool]
        slots = [trial.suggest_categorical(f"{name}_{slot}", options) for slot in range(gene.max)]
        return tuple(dict.fromkeys(each for each in slots if each))
    if isinstance(gene, (Int, Float)):
        return gene.grid[trial.suggest_int(name, 0, len(gene.grid) - 1)]
    if isinstance(gene, Choice):
        return trial.suggest_categorical(name, list(gene.options))
    raise TypeError(f"no parameter for {gene!r}")
