"""Genomes, the genes they consist of, and the search space they live in."""

from pytest_promptevo.genome.choice import Choice, Flag
from pytest_promptevo.genome.few_shot import FewShot
from pytest_promptevo.genome.gene import Gene, Value
from pytest_promptevo.genome.genome import Genome
from pytest_promptevo.genome.lineage import Birth
from pytest_promptevo.genome.number import Float, Int
from pytest_promptevo.genome.space import SearchSpace
from pytest_promptevo.genome.text import Text

__all__ = [
    "Birth",
    "Choice",
    "FewShot",
    "Flag",
    "Float",
    "Gene",
    "Genome",
    "Int",
    "SearchSpace",
    "Text",
    "Value",
]
