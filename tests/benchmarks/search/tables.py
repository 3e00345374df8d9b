"""A table: what every genome of a grid answered on every example, and how that scored."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from pytest_promptevo.fitness import NAMES, Objectives, Score
from pytest_promptevo.genome import Genome, SearchSpace

from .coding import objectives_from_json, objectives_to_json, space_from_json, space_to_json
from .recipes import HERE, folder, genomes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True)
class Answers:
    """The raw answers of a table, one entry each.

    Attributes:
        texts: What the model wrote.
        keys: Number of the request's key: the same for requests that differ in nothing but
            max_tokens.
        lengths: Tokens of the answer.
        prompts: Tokens of the prompt.
        stopped: Whether the answer ended by itself.
        latencies: Milliseconds.
    """

    texts: tuple[str, ...]
    keys: np.ndarray
    lengths: np.ndarray
    prompts: np.ndarray
    stopped: np.ndarray
    latencies: np.ndarray


@dataclass(frozen=True)
class Table:
    """Answers and scores of all genomes of a space on all examples.

    Attributes:
        name: The recipe's name.
        space: The space; the table has every genome of it.
        initial: The genome that searches start from.
        objectives: What makes fitness.
        examples: Ids of the examples.
        scores: Replicate x genome x example x objective (in the order of `NAMES`).
        asked: Replicate x genome x example x turn: number of the answer, -1 where no
            further one was needed.
        answers: The answers.
        notes: How it was built.
    """

    name: str
    space: SearchSpace
    initial: Genome
    objectives: Objectives
    examples: tuple[str, ...]
    scores: np.ndarray
    asked: np.ndarray
    answers: Answers
    notes: dict[str, Any]

    @cached_property
    def genomes(self) -> list[Genome]:
        """The genomes, in the order of the arrays."""
        return genomes(self.space, self.initial)

    @cached_property
    def numbers(self) -> dict[Genome, int]:
        """Genome to its number."""
        return {genome: at for at, genome in enumerate(self.genomes)}

    @cached_property
    def fitness(self) -> np.ndarray:
        """Replicate x genome x example."""
        weights = np.array([self.objectives.weights.get(name, 0.0) for name in NAMES])
        return self.scores @ weights

    def score(self, replicate: int, genome: int, example: int) -> Score:
        """Returns one cell as the search sees it."""
        return Score(*map(float, self.scores[replicate, genome, example]))

    def values(self, examples: Sequence[int]) -> np.ndarray:
        """Returns the true fitness of all genomes: the mean over examples and replicates."""
        return self.fitness[:, :, list(examples)].mean(axis=(0, 2))

    def kept_values(self, examples: Sequence[int]) -> np.ndarray:
        """Returns the true fitness of all genomes; minus infinity where a hard limit breaks."""
        return np.where(self.allowed(examples), self.values(examples), -np.inf)

    @cached_property
    def best(self) -> int:
        """Number of the best genome over all examples."""
        return int(self.kept_values(range(len(self.examples))).argmax())

    def allowed(self, examples: Sequence[int]) -> np.ndarray:
        """Returns which genomes keep all hard limits on the examples (all, if none does)."""
        at = list(examples)
        kept = np.array([self._keeps(each, at) for each in range(len(self.genomes))])
        return kept if kept.any() else ~kept

    def _keeps(self, genome: int, examples: list[int]) -> bool:
        if not self.objectives.limits:
            return True
        rows = self.scores[:, genome, examples].reshape(-1, len(NAMES))
        return not self.objectives.breaches([Score(*map(float, row)) for row in rows])


def path_of(name: str) -> Path:
    """Returns where a table is read: as it was built here, or else as the project keeps it."""
    built = folder(name) / "table.npz"
    return built if built.exists() or not kept_path(name).exists() else kept_path(name)


def kept_path(name: str) -> Path:
    """Returns where the project keeps a table, so that nobody has to build it again."""
    return HERE / "built" / f"{name}.npz"


def without_texts(table: Table) -> Table:
    """Returns a table of figures alone: no search looks at what an answer says."""
    answers = replace(table.answers, texts=("",) * len(table.answers.texts))
    return replace(table, answers=answers)


def save(table: Table, path: Path) -> None:
    """Writes a table as one compressed file."""
    head = {
        "name": table.name,
        "space": space_to_json(table.space),
        "initial": table.initial.plain(),
        "objectives": objectives_to_json(table.objectives),
        "examples": list(table.examples),
        "texts": list(table.answers.texts),
        "notes": table.notes,
    }
    packed = np.frombuffer(json.dumps(head, ensure_ascii=False).encode(), np.uint8)
    answers = table.answers
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        path,
        head=packed,
        scores=table.scores.astype(np.float32),
        asked=table.asked.astype(np.int32),
        keys=answers.keys.astype(np.int32),
        lengths=answers.lengths.astype(np.int32),
        prompts=answers.prompts.astype(np.int32),
        stopped=answers.stopped.astype(bool),
        latencies=answers.latencies.astype(np.float32),
    )


def load(path: Path) -> Table:
    """Reads a table.

    Raises:
        FileNotFoundError: if it has not been built.
    """
    with np.load(path) as held:
        head = json.loads(held["head"].tobytes().decode())
        answers = Answers(
            tuple(head["texts"]),
            *(held[name] for name in ("keys", "lengths", "prompts", "stopped", "latencies")),
        )
        return Table(
            head["name"],
            space_from_json(head["space"]),
            Genome(head["initial"]),
            objectives_from_json(head["objectives"]),
            tuple(head["examples"]),
            held["scores"].astype(float).round(9),
            held["asked"],
            answers,
            head["notes"],
        )


def part(table: Table, space: SearchSpace, initial: Genome, examples: Sequence[int]) -> Table:
    """Returns the table of a smaller space and fewer examples."""
    at = [table.numbers[genome] for genome in genomes(space, initial)]
    kept = list(examples)
    asked = table.asked[:, at][:, :, kept]
    used = sorted(set(asked[asked >= 0].tolist()))
    renumbered = np.full(len(table.answers.texts) + 1, -1)
    renumbered[used] = np.arange(len(used))
    old = table.answers
    _, keys = np.unique(old.keys[used], return_inverse=True)
    columns = (old.lengths, old.prompts, old.stopped, old.latencies)
    answers = Answers(tuple(old.texts[each] for each in used), keys, *(c[used] for c in columns))
    return Table(
        table.name,
        space,
        initial,
        table.objectives,
        tuple(table.examples[each] for each in kept),
        table.scores[:, at][:, :, kept],
        renumbered[asked],
        answers,
        table.notes,
    )
