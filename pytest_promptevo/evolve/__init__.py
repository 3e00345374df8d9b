"""The search: `evolve` takes an evaluation as a callable and finds a better genome."""

from pytest_promptevo.evolve.confirm import Confirmation, confirm
from pytest_promptevo.evolve.engine import STRATEGIES, evolve
from pytest_promptevo.evolve.records import Budget, Generation, Progress, Result
from pytest_promptevo.evolve.split import Split, split
from pytest_promptevo.fitness import Limit, Objectives, Score
from pytest_promptevo.genes import Choice, FewShot, Flag, Float, Int
from pytest_promptevo.genome import Genome, SearchSpace

__all__ = [
    "STRATEGIES",
    "Budget",
    "Choice",
    "Confirmation",
    "FewShot",
    "Flag",
    "Float",
    "Generation",
    "Genome",
    "Int",
    "Limit",
    "Objectives",
    "Progress",
    "Result",
    "Score",
    "SearchSpace",
    "Split",
    "confirm",
    "evolve",
    "split",
]
