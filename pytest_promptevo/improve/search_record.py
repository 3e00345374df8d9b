"""What a search leaves for whoever wants to see how it went: figures, and no answers."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator

from pytest_promptevo.base.private_folder import UNREADABLE, make_private
from pytest_promptevo.base.schema import Strict
from pytest_promptevo.base.text_files import atomic_write, read_bytes, remove
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock.parts import Confirmed, SuiteFigures

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 4 << 20
"""Bytes of a record at most."""

MOST_TRIED = 300
"""Genomes of a record at most."""

MOST_CELLS = 2_000
"""Examples of the search up to which a record says what its best genomes did on each."""

MOST_BESIDE = 6
"""Genomes beside the old and the found one of which it says that."""

LARGEST = 1e12
"""What no figure of a record exceeds: pictures are drawn of them."""

PARTS = ("prompt", "shots", "output", "scorers", "objectives", "golden")
"""Parts of a suite on which the figures of a search depend, beside the genomes that it tried."""

Real = Annotated[float, Field(allow_inf_nan=False, ge=-LARGEST, le=LARGEST)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Span = Annotated[list[Real], Field(min_length=3, max_length=3)]
"""A mean, and the lower and the upper end of its 95 % confidence interval."""


class Tried(Strict):
    """A genome that a search asked something about.

    Attributes:
        genome: Gene to value.
        n: Number of examples that it was scored on.
        fitness: Its mean fitness on them.
        quality: Its mean quality.
        latency_ms: Its mean latency in milliseconds.
        tokens: Mean tokens of its calls.
        adjusted: Its fitness as if it had seen all examples: the mean of all scores, plus how far
            its own lie above the mean of all genomes on the same examples.
        keeps_limits: Whether it keeps the hard limits on what it saw.
    """

    genome: dict[str, Any]
    n: int = Field(ge=1, le=10**9)
    fitness: Span
    quality: Span
    latency_ms: Span
    tokens: Span
    adjusted: Real
    keeps_limits: bool


class Step(Strict):
    """When which genome was recommended: calls spent by then, and its place among those tried."""

    calls: Count
    tried: Count


class Row(Strict):
    """What one of the genomes tried did on each example: id to quality."""

    tried: Count
    quality: dict[str, Real]


class SearchRecord(Strict):
    """A finished search of a suite, the latest.

    Attributes:
        version: Of this form.
        ended: When it ended, in seconds since the epoch.
        parts: What of the suite it was about: name to digest.
        strategy: Name of the strategy.
        seed: Its seed.
        calls: Model calls that it needed, baseline and test included.
        search_calls: Model calls of the search alone.
        evaluations: Pairs of genome and example that got a score.
        generations: Generations finished.
        stopped: Why it ended.
        accepted: Whether what it found was accepted.
        reason: Why, or why not.
        examples: Number of examples that it saw.
        genomes: Number of genomes that it tried, of which `tried` may leave some out.
        before: Place of the genome that it started from.
        found: Place of the genome that it recommends.
        tried: Genomes that it tried.
        front: Places of those that no other one beats in every objective.
        trace: Which was recommended when.
        rows: What the old, the found and the next best genomes did on each example.
        is_held_out: Whether it never saw the examples of the test.
        test: Figures of the old and of the found genome in the test.
        confirmed: The paired test, where examples were held out.
    """

    version: Literal[2] = 2
    ended: Annotated[float, Field(ge=0, le=LARGEST)]
    parts: dict[str, str] = Field(max_length=len(PARTS))
    strategy: str
    seed: Count
    calls: Count
    search_calls: Count
    evaluations: Count
    generations: Count
    stopped: str
    accepted: bool
    reason: str
    examples: int = Field(ge=1, le=10**9)
    genomes: int = Field(ge=1, le=10**9)
    before: Count
    found: Count
    tried: list[Tried] = Field(min_length=1, max_length=2 * MOST_TRIED)
    front: list[Count] = Field(max_length=MOST_TRIED)
    trace: list[Step] = Field(max_length=2 * MOST_TRIED)
    rows: list[Row] = Field(max_length=MOST_BESIDE + 2)
    is_held_out: bool
    test: Annotated[list[SuiteFigures], Field(min_length=2, max_length=2)]
    confirmed: Confirmed | None = None

    @field_validator("test")
    @classmethod
    def _can_be_drawn(cls, test: list[SuiteFigures]) -> list[SuiteFigures]:
        for figures in test:
            ends = (figures.fitness.mean, figures.fitness.low, figures.fitness.high)
            if not all(abs(end) <= LARGEST for end in ends):  # nor are those that are no numbers
                raise ValueError("a fitness that nothing has")
        return test

    @property
    def places(self) -> set[int]:
        """All places that it names."""
        named = {self.before, self.found, *self.front}
        return named | {step.tried for step in self.trace} | {row.tried for row in self.rows}


def record_path(folder: Path, suite: str) -> Path:
    """Returns where the record of a suite's latest search is, in the private folder."""
    return folder / f"{suite}.search.json"


def read_record(path: Path) -> SearchRecord | None:
    """Returns the record of a search, or None where there is none that can be read.

    It is a note of this machine, and anybody may have written into it.
    """
    try:
        raw = read_bytes(path)
        found = SearchRecord.model_validate(json.loads(raw)) if len(raw) <= MOST_BYTES else None
        if found is None or max(found.places) >= len(found.tried):
            return None
        for tried in found.tried:
            Genome(tried.genome)
    except UNREADABLE:
        return None
    return found


def write_record(path: Path, record: SearchRecord | None) -> None:
    """Keeps the record of a search; where that cannot be, or it is too large, there is none."""
    if record is None:
        return
    text = f"{record.model_dump_json(exclude_none=True)}\n"
    with suppress(OSError):
        make_private(path.parent)
        if len(text.encode()) > MOST_BYTES:
            remove(path)  # what is there is of another search
            return
        atomic_write(path, text)
