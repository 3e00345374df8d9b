"""A fitness taken apart: what each objective adds to it, as data and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = {"latency_ms": "latency"}
_SMALL = 0.1
"""A part below it is shown with three decimals, and so are the others: the sum adds up."""


@dataclass(frozen=True)
class Term:
    """What one objective adds to a fitness.

    Attributes:
        name: The objective.
        weight: Its weight.
        mean: Its mean, in its own unit.
    """

    name: str
    weight: float
    mean: float

    @property
    def amount(self) -> float:
        """What it adds: weight x mean."""
        return self.weight * self.mean


def sum_in_words(fitness: float, terms: Sequence[Term]) -> str:
    """Returns a fitness as the sum that it is, for people.

    Args:
        fitness: The mean fitness.
        terms: What it is the sum of; a cost that adds nothing is left out.

    Returns:
        Such as ``fitness -0.84 = quality 0.74 - latency 1.41 (1,410 ms) - tokens 0.17 (338)``.
    """
    told = [term for term in terms if term.amount or term.name == "quality"]
    amounts = [abs(term.amount) for term in told if term.amount]
    places = 3 if min(amounts, default=1.0) < _SMALL else 2
    words = f"fitness {_plain(fitness, places)}"
    for index, term in enumerate(told):
        sign = "-" if term.amount < 0 else "+"
        lead = ("= -" if sign == "-" else "= ") if index == 0 else f"{sign} "
        part = f"{_SHORT.get(term.name, term.name)} {abs(term.amount):.{places}f}"
        words += f" {lead}{part}{_figure(term, places)}"
    return words


def _plain(value: float, places: int) -> str:
    """Returns a figure with its decimals, and zero without a sign."""
    return f"{round(value, places) + 0.0:.{places}f}"


def _figure(term: Term, places: int) -> str:
    """Returns the figure behind an amount, where the two differ."""
    if term.name == "quality":
        return "" if term.weight == 1.0 else f" ({term.weight:g} x {term.mean:.{places}f})"
    if term.name == "latency_ms":
        return f" ({term.mean:,.0f} ms)"
    return f" ({term.mean:,.2f})" if term.name == "repairs" else f" ({term.mean:,.0f})"
