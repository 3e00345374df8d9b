"""What is known of genomes before a night's search: answers of earlier searches, and production."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.genome import Genome


@dataclass(frozen=True)
class Served:
    """How a genome did in production.

    Attributes:
        genome: The genome.
        n: Number of outcomes.
        mean: Mean reward, in [0, 1].
        variance: Variance of one reward.
    """

    genome: Genome
    n: int
    mean: float
    variance: float


@dataclass(frozen=True)
class Searched:
    """What one search saw.

    Attributes:
        rewards: Genome to example (any name that is the same in all searches) to reward,
            in [0, 1].
    """

    rewards: Mapping[Genome, Mapping[str, float]]
