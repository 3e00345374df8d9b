"""One suite's entry: what runs in production, and why it was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.schema import Strict
from pytest_promptevo.prompt import OutputSpec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.fitness import Estimate, Figures


class LockedModel(Strict):
    """A model: how it is named and the digest of its weights."""

    reference: str
    digest: str


class LockedShot(Strict):
    """A few-shot example of the genome, whole, so that the lock alone can render."""

    id: str
    inputs: dict[str, Any]
    expected: Any


class LockedPrompt(Strict):
    """The texts of the prompt."""

    user: str
    system: str = ""


class Mean(Strict):
    """A mean with its 95 % confidence interval."""

    mean: float
    low: float
    high: float


class SuiteFigures(Strict):
    """A suite's figures over all its golden examples."""

    n: int
    fitness: Mean
    quality: Mean
    latency_ms: Mean
    latency_p50: float
    latency_p95: float
    tokens: Mean
    repairs: Mean


class Confirmed(Strict):
    """The paired test on examples that the search never saw."""

    n: int
    difference: Mean
    p_value: float
    detectable: float | None
    verdict: str


class Search(Strict):
    """How the genome was found."""

    strategy: str
    seed: int
    calls: int
    generations: int
    stopped: str
    confirmed: Confirmed | str


class Entry(Strict):
    """One suite's entry.

    Attributes:
        genome: The accepted genome.
        replaces: Values of the genes that it changed, as they were before.
        prompt: The prompt's texts (None for a suite with a target).
        shots: The genome's few-shot examples.
        output: What a valid output is.
        models: Role to model, for the roles of the suite.
        figures: ``before`` and ``after``.
        known_failures: Ids of golden examples that the genome fails.
        search: How it was found, or ``accepted as it is``.
        fingerprints: Digests of what the figures depend on.
    """

    genome: dict[str, Any]
    replaces: dict[str, Any] = {}
    prompt: LockedPrompt | None = None
    shots: list[LockedShot] = []
    output: OutputSpec
    models: dict[str, LockedModel]
    figures: dict[str, SuiteFigures]
    known_failures: list[str] = []
    search: Search | str
    fingerprints: dict[str, str]

    @property
    def digests(self) -> dict[str, str]:
        """Digests of the models by reference."""
        return {model.reference: model.digest for model in self.models.values()}

    def plain(self) -> dict[str, Any]:
        """Returns the entry as plain data in the order of the file."""
        told = self.model_dump(by_alias=True, exclude_defaults=True)
        return told | {"output": self.output.plain()}


def mean_of(estimate: Estimate) -> Mean:
    """Returns an estimate, rounded for the file."""
    return Mean(mean=rounded(estimate.mean), low=rounded(estimate.low), high=rounded(estimate.high))


def suite_figures(figures: Figures) -> SuiteFigures:
    """Returns a suite's figures, rounded for the file."""
    means: Mapping[str, Estimate] = figures.objectives
    return SuiteFigures(
        n=figures.fitness.n,
        fitness=mean_of(figures.fitness),
        latency_p50=rounded(figures.latency_p50),
        latency_p95=rounded(figures.latency_p95),
        **{name: mean_of(estimate) for name, estimate in means.items()},
    )


def rounded(number: float) -> float:
    """Returns the number with four significant digits (at least four decimals' worth below 1)."""
    return float(f"{number:.4g}") + 0.0
