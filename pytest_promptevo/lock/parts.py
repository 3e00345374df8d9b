"""What the entries of a lock are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from pytest_promptevo.base.schema import DictOf, ListOf, Strict, at_most
from pytest_promptevo.base.text import counted, shorten
from pytest_promptevo.prompt.gene_values import wanted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.fitness import Estimate, Figures, Speed

_DIGEST = r"[0-9a-f]{8}(?:[0-9a-f]{8})?"
_DIGESTS = rf"^{_DIGEST}(?: {_DIGEST})*$"

Quality = Annotated[float, Field(ge=0, le=1)]
"""The quality of an example."""


def _has_values_that_can_be_asked(genome: dict[str, Any]) -> dict[str, Any]:
    for name, value in genome.items():
        if must_be := wanted(name, value):
            raise ValueError(f"{shorten(name, 40)} must be {must_be}")
    return genome


def _are_distinct(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("a name stands twice")
    return names


Failing = DictOf[Annotated[str, Field(pattern=rf"^{_DIGEST}$")], Quality]
"""Digest of a held-out example to its quality."""

InputNames = Annotated[ListOf[str], AfterValidator(_are_distinct)]
"""Names of inputs."""

MOST_NAMES_BEFORE = 20
"""Most sets of names that told examples before: every example is looked for by each of them."""

LockedGenome = Annotated[dict[str, Any], AfterValidator(_has_values_that_can_be_asked)]
"""Gene to value."""


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


class LockedText(Strict):
    """Where a text of the genome comes from that a search has made.

    Attributes:
        operator: What made it: an edit (``drop``, ``add``, ``cross``), what a model was asked
            (``reflect``, ...), or ``earlier search``.
        parent: The text that it was made of.
        other: The other one, where it was made of two.
        proposer: Reference of the model that wrote it.
        digest: Its digest.
        examples: Ids of the golden examples that this model saw.
        diagnosis: What it said was wrong with the parent.
    """

    operator: str
    parent: str = ""
    other: str = ""
    proposer: str = ""
    digest: str = ""
    examples: ListOf[str] = []
    diagnosis: str = ""

    @property
    def told(self) -> str:
        """How the text came to be, on a line; most of it is what others wrote."""
        by = f" by {self.proposer}" if self.proposer else ""
        seen = f", in view of {counted(len(self.examples), 'example')}" if self.examples else ""
        return f"{self.operator}{by}{seen}{f': {self.diagnosis}' if self.diagnosis else ''}"


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
        names: Names of the inputs that tell examples apart; none in a lock whose digests have
            eight digits and are of all inputs.
        names_before: Names that told them in updates before, the latest first; digests of what was
            gone by then are of these.
        inputs: Digests of the inputs of all that were held out, with blanks between.
        exact: The same, with case and punctuation; empty where digests have eight digits.
        searched: As `inputs`, of the examples that this search or an earlier one saw.
        failing: Digest to quality, for those held out that were ever locked below 1 since the
            search, the worst: also for what is gone by now, or passes.
        gone: Digests of those that were gone or edited when the entry was written.
        before: Figures of the old genome on them; None once they are no longer evidence.
        after: Figures of the found genome on them; None if none is left.
    """

    ids: ListOf[str]
    names: InputNames = []
    names_before: Annotated[ListOf[InputNames], at_most(MOST_NAMES_BEFORE)] = []
    inputs: str = Field(pattern=_DIGESTS)
    exact: str = Field(default="", pattern=rf"{_DIGESTS}|^$")
    searched: str = Field(pattern=_DIGESTS)
    failing: Failing = {}
    gone: str = Field(default="", pattern=rf"{_DIGESTS}|^$")
    before: SuiteFigures | None = None
    after: SuiteFigures | None = None

    @property
    def all_names(self) -> list[list[str]]:
        """The names that its digests are of."""
        return [self.names, *self.names_before]


class Search(Strict):
    """How the genome was found; of the calls some proposed texts."""

    strategy: str
    seed: int = Field(ge=0)
    calls: int
    proposals: int = Field(default=0, ge=0)
    generations: int
    stopped: str
    confirmed: Confirmed | str


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
