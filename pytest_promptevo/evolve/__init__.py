"""The search: `evolve` takes an evaluation as a callable and finds a better genome.

Who wants the name of a strategy alone (`names`) needs no numpy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.lazy import fetched_when_used

if TYPE_CHECKING:
    from pytest_promptevo.evolve.budget import Budget
    from pytest_promptevo.evolve.confirmation import Confirmation, confirm
    from pytest_promptevo.evolve.protocol import Proposal, Propose
    from pytest_promptevo.evolve.result import Generation, Progress, Result
    from pytest_promptevo.evolve.search import STRATEGIES, evolve
    from pytest_promptevo.evolve.splitting import Split, split
    from pytest_promptevo.fitness import Feedback, Limit, Objectives, Score, Scored
    from pytest_promptevo.genome import (
        Birth,
        Choice,
        FewShot,
        Flag,
        Float,
        Genome,
        Int,
        SearchSpace,
        Text,
    )

__all__ = [
    "STRATEGIES",
    "Birth",
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
    "Text",
    "confirm",
    "evolve",
    "split",
]

__getattr__, __dir__ = fetched_when_used(
    __name__,
    {
        "pytest_promptevo.evolve.budget": ("Budget",),
        "pytest_promptevo.evolve.confirmation": (
            "Confirmation",
            "confirm",
        ),
        "pytest_promptevo.evolve.protocol": (
            "Proposal",
            "Propose",
        ),
        "pytest_promptevo.evolve.result": (
            "Generation",
            "Progress",
            "Result",
        ),
        "pytest_promptevo.evolve.search": (
            "STRATEGIES",
            "evolve",
        ),
        "pytest_promptevo.evolve.splitting": (
            "Split",
            "split",
        ),
        "pytest_promptevo.fitness": (
            "Feedback",
            "Limit",
            "Objectives",
            "Score",
            "Scored",
        ),
        "pytest_promptevo.genome": (
            "Birth",
            "Choice",
            "FewShot",
            "Flag",
            "Float",
            "Genome",
            "Int",
            "SearchSpace",
            "Text",
        ),
    },
)
