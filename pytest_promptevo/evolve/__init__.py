"""The search: `evolve` takes an evaluation as a callable and finds a better genome.

Names are fetched when they are first used: who wants a name of a strategy needs no numpy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_promptevo.evolve.budget import Budget
    from pytest_promptevo.evolve.confirmation import Confirmation, confirm
    from pytest_promptevo.evolve.protocol import Proposal, Propose
    from pytest_promptevo.evolve.result import Generation, Progress, Result
    from pytest_promptevo.evolve.search import STRATEGIES, evolve
    from pytest_promptevo.evolve.splitting import Split, split
    from pytest_promptevo.fitness import Feedback, Limit, Objectives, Score, Scored
    from pytest_promptevo.genome import Choice, FewShot, Flag, Float, Genome, Int, SearchSpace

__all__ = [
    "STRATEGIES",
    "Budget",
    "Choice",
    "Confirmation",
    "Feedback",
    "FewShot",
    "Flag",
    "Float",
    "Generation",
    "Genome",
    "Int",
    "Limit",
    "Objectives",
    "Progress",
    "Proposal",
    "Propose",
    "Result",
    "Score",
    "Scored",
    "SearchSpace",
    "Split",
    "confirm",
    "evolve",
    "split",
]

_HOMES = {
    "pytest_promptevo.evolve.budget": ("Budget",),
    "pytest_promptevo.evolve.confirmation": ("Confirmation", "confirm"),
    "pytest_promptevo.evolve.protocol": ("Proposal", "Propose"),
    "pytest_promptevo.evolve.result": ("Generation", "Progress", "Result"),
    "pytest_promptevo.evolve.search": ("STRATEGIES", "evolve"),
    "pytest_promptevo.evolve.splitting": ("Split", "split"),
    "pytest_promptevo.fitness": ("Feedback", "Limit", "Objectives", "Score", "Scored"),
    "pytest_promptevo.genome": (
        "Choice",
        "FewShot",
        "Flag",
        "Float",
        "Genome",
        "Int",
        "SearchSpace",
    ),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_HOME[name]), name)
    return value
