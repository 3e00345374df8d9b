"""The search: `evolve` takes an evaluation as a callable and finds a better genome."""

from pytest_promptevo.evolve.confirm import Confirmation, confirm
from pytest_promptevo.evolve.result import Budget, Generation, Progress, Result
from pytest_promptevo.evolve.search import STRATEGIES, evolve
from pytest_promptevo.evolve.split import Split, split
from pytest_promptevo.fitness import Limit, Objectives, Score
from pytest_promptevo.genome import Choice, FewShot, Flag, Float, Genome, Int, SearchSpace

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
