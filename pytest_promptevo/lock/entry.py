"""One suite's entry: what runs in production, and why it was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, field_validator

from pytest_promptevo.base.schema import Strict
from pytest_promptevo.base.text import shorten
from pytest_promptevo.fitness.speed import Speed
from pytest_promptevo.prompt import OutputSpec
from pytest_promptevo.prompt.gene_values import wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.fitness import Estimate, Figures

_DIGESTS = r"^[0-9a-f]{8}( [0-9a-f]{8})*$"


class LockedSpeed(Strict):
    """What a model takes for a token: its latency is modelled by these, whatever the load."""

    prompt_ms: float = Field(ge=0, allow_inf_nan=False)
    completion_ms: float = Field(ge=0, allow_inf_nan=False)
    r2: float = Field(ge=0, le=1)

    @classmethod
    def of(cls, speed: Speed | None) -> LockedSpeed | None:
        """Returns a speed as the lock keeps it."""
        if speed is None:
            return None
        return cls(prompt_ms=speed.prompt_ms, completion_ms=speed.completion_ms, r2=speed.r2)


class LockedModel(Strict):
    """A model: how it is named, the digest of its weights, and its speed if that is known."""

    reference: str
    digest: str
    speed: LockedSpeed | None = None


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


class HeldOut(Strict):
    """The examples that the search never saw, which its winner is judged by.

    Attributes:
        ids: Ids of those that are still there.
        inputs: Digests of the inputs of all that were held out, with blanks between.
        searched: The same of the examples that the search saw.
        before: Figures of the old genome on them; None once they are no longer evidence.
        after: Figures of the found genome on them; None if none is left.
    """

    ids: list[str]
    inputs: str = Field(pattern=_DIGESTS)
    searched: str = Field(pattern=_DIGESTS)
    before: SuiteFigures | None = None
    after: SuiteFigures | None = None


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
        target: ``module:function`` of the suite's target, where it has one.
        inputs: Names of the inputs that every golden example of a target has.
        optional_inputs: Names of the inputs that some of them have.
        shots: The genome's few-shot examples.
        output: What a valid output is.
        models: Role to model, for the roles of the suite.
        repeats: How often each golden example was drawn.
        objectives: Weights of the objectives that made the fitness.
        figures: ``before`` and ``after``, over all golden examples.
        quality: Id to quality, for the golden examples below 1; None in a lock of version 1.
        known_failures: Ids of golden examples that the genome fails; in version 1 alone.
        held_out: The examples that the search never saw, where some were held out.
        search: How it was found, or ``accepted as it is``.
        recordings: Digest of the committed recordings; empty in version 1.
        candidates: Genomes that wait for a share of production's traffic beside this one.
        code: The user's own modules that figures depend on: file to digest.
        fingerprints: Digests of what else the figures depend on.
    """

    genome: dict[str, Any]
    replaces: dict[str, Any] = {}
    prompt: LockedPrompt | None = None
    target: str = ""
    inputs: list[str] = []
    optional_inputs: list[str] = []
    shots: list[LockedShot] = []
    output: OutputSpec
    models: dict[str, LockedModel]
    repeats: int = Field(default=1, ge=1)
    objectives: dict[str, float] = {}
    figures: dict[str, SuiteFigures]
    quality: dict[str, Annotated[float, Field(ge=0, le=1)]] | None = None
    known_failures: list[str] = []
    held_out: HeldOut | None = None
    search: Search | str
    recordings: str = ""
    candidates: list[dict[str, Any]] = Field(default=[], max_length=3)
    code: dict[str, str] = {}
    fingerprints: dict[str, str]

    @field_validator("genome")
    @classmethod
    def _has_values_that_can_be_asked(cls, genome: dict[str, Any]) -> dict[str, Any]:
        for name, value in genome.items():
            if must_be := wanted(name, value):
                raise ValueError(f"{shorten(name, 40)} must be {must_be}")
        return genome

    @property
    def digests(self) -> dict[str, str]:
        """Digests of the models by reference."""
        return {model.reference: model.digest for model in self.models.values()}

    @property
    def speeds(self) -> dict[str, Speed]:
        """Speeds of the models by reference, where they are known."""
        return {
            model.reference: Speed(**model.speed.model_dump())
            for model in self.models.values()
            if model.speed is not None
        }

    def fails(self, example: str, pass_mark: float) -> bool:
        """Whether the lock knows that the genome fails an example."""
        if self.quality is None:
            return example in self.known_failures
        return self.quality.get(example, 1.0) < pass_mark - 1e-9

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
