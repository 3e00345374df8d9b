"""One suite's entry: what runs in production, and why it was accepted."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, model_validator

from pytest_promptevo.base.schema import DictOf, ListOf, Strict, at_most
from pytest_promptevo.fitness.speed import Speed
from pytest_promptevo.lock.candidate import Candidate, LockedReward, Proposal
from pytest_promptevo.lock.parts import (
    HeldOut,
    LockedGenome,
    LockedModel,
    LockedPrompt,
    LockedShot,
    LockedText,
    Quality,
    Search,
    SuiteFigures,
)
from pytest_promptevo.prompt import OutputSpec
from pytest_promptevo.prompt.layout import impossible
from pytest_promptevo.suite.file_schema import MOST_MODELS, MOST_REPEATS
from pytest_promptevo.suite.sections.rollout import MOST_CANDIDATES, RolloutPart


class Entry(Strict):
    """One suite's entry.

    Attributes:
        genome: The accepted genome.
        replaces: Values of the genes that it changed, as they were before.
        texts: Where texts of the genome come from that a search has made, by gene.
        prompt: The prompt's texts (None for a suite with a target).
        target: ``module:function`` of the suite's target, where it has one.
        inputs: Names of the inputs that every golden example of a target has.
        optional_inputs: Names of the inputs that some of them have.
        shots: The genome's few-shot examples.
        output: What a valid output is.
        models: Role to model, for the roles of the suite.
        repeats: How often each golden example was drawn.
        pass_mark: Least quality of an answer that passes.
        objectives: Weights of the objectives that made the fitness.
        figures: ``before`` and ``after``, over all golden examples.
        quality: Id to quality, for the golden examples below 1; None in a lock of version 1.
        known_failures: Ids of golden examples that the genome fails; in version 1 alone.
        held_out: The examples that the search never saw, where some were held out.
        search: How it was found, or ``accepted as it is``.
        recordings: Digest of the committed recordings; empty in version 1.
        candidates: Genomes that wait for a share of production's traffic beside this one.
        proposal: The search that found them.
        reward: The fitnesses that production counts as 0 and 1; None without candidates.
        rollout: How traffic moves to them, where the suite says so.
        code: The user's own modules that figures depend on: file to digest.
        fingerprints: Digests of what else the figures depend on.
    """

    genome: LockedGenome
    replaces: dict[str, Any] = {}
    texts: DictOf[str, LockedText] = {}
    prompt: LockedPrompt | None = None
    target: str = ""
    inputs: ListOf[str] = []
    optional_inputs: ListOf[str] = []
    shots: ListOf[LockedShot] = []
    output: OutputSpec
    models: Annotated[DictOf[str, LockedModel], at_most(MOST_MODELS)]
    repeats: int = Field(default=1, ge=1, le=MOST_REPEATS)
    pass_mark: float = Field(default=1.0, ge=1e-6, le=1)
    objectives: DictOf[str, float] = {}
    figures: DictOf[str, SuiteFigures]
    quality: DictOf[str, Quality] | None = None
    known_failures: ListOf[str] = []
    held_out: HeldOut | None = None
    search: Search | str
    recordings: str = ""
    candidates: list[Candidate] = Field(default=[], max_length=MOST_CANDIDATES)
    proposal: Proposal | None = None
    reward: LockedReward | None = None
    rollout: RolloutPart = RolloutPart()
    code: DictOf[str, str] = {}
    fingerprints: DictOf[str, str]

    @model_validator(mode="after")
    def _tells_by_what_candidates_are_judged(self) -> Entry:
        if self.candidates and (self.proposal is None or self.candidates_held_out is None):
            raise ValueError("candidates need a proposal, and the examples that it never saw")
        return self

    @model_validator(mode="after")
    def _has_genomes_that_can_be_rendered(self) -> Entry:
        if self.prompt is not None:
            for genome in (self.genome, *(each.genome for each in self.candidates)):
                if why := impossible(genome):
                    raise ValueError(why)
        return self

    @property
    def candidates_held_out(self) -> HeldOut | None:
        """The examples that the search for the candidates never saw."""
        own = self.proposal.held_out if self.proposal else None
        return own or self.held_out

    @property
    def searched(self) -> set[str]:
        """Digests of the inputs that a search for the genome or for candidates has seen."""
        parts = (self.held_out, self.candidates_held_out)
        return {digest for part in parts if part for digest in part.searched.split()}

    def as_candidate(self, number: int) -> Entry:
        """Returns what the entry would be if one of its candidates were the locked genome.

        Args:
            number: Which one, from 1 on; 0 is the locked genome.

        Raises:
            IndexError: if there is no such candidate.
        """
        if not number:
            return self
        if number < 0 or self.proposal is None or self.candidates_held_out is None:
            raise IndexError(f"no candidate {number}")
        candidate, found = self.candidates[number - 1], self.proposal
        compared = candidate.held_out
        sides = {"before": compared.locked, "after": compared.candidate}
        return self.model_copy(
            update={
                "genome": candidate.genome,
                "replaces": {},
                "texts": {},
                "shots": candidate.shots,
                "repeats": candidate.repeats,
                "figures": sides,
                "quality": candidate.quality,
                "known_failures": [],
                "held_out": self.candidates_held_out.model_copy(
                    update={**sides, "failing": candidate.failing}
                ),
                "search": f"proposed by {found.strategy}, seed {found.seed}",
                "recordings": candidate.recordings,
                "candidates": [],
                "proposal": None,
            }
        )

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
