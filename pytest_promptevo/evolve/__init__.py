"""The search: `evolve` takes an evaluation as a callable and finds a better genome."""

from pytest_promptevo.evolve.confirm import Confirmation, confirm
from pytest_promptevo.evolve.engine import STRATEGIES, evolve
from pytest_promptevo.evolve.records import Budget, Generation, Progress, Result
from pytest_promptevo.evolve.split import Split, split

__all__ = [
    "STRATEGIES",
    "Budget",
    "Confirmation",
    "Generation",
    "Progress",
    "Result",
    "Split",
    "confirm",
    "evolve",
    "split",
]
