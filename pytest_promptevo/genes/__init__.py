"""Genes: the dimensions along which a search may vary a prompt."""

from pytest_promptevo.genes.base import Gene, Value
from pytest_promptevo.genes.choice import Choice, Flag
from pytest_promptevo.genes.few_shot import FewShot
from pytest_promptevo.genes.number import Float, Int

__all__ = ["Choice", "FewShot", "Flag", "Float", "Gene", "Int", "Value"]
