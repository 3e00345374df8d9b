"""Evaluations as data: what is to be evaluated, and what came out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.fitness import Feedback, Score, Scored

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.recording import Recording


@dataclass(frozen=True)
class Task:
    """The address of an evaluation: it pickles, and any process that has the files can do it.

    Attributes:
        suite: The suite file.
        genome: The genome.
        example: Id of the golden example.
        draw: Number of the draw, at a temperature above 0.
    """

    suite: Path
    genome: Genome
    example: str
    draw: int = 0


@dataclass(frozen=True)
class Asked:
    """One request of an evaluation and the recording that answered it.

    Attributes:
        max_tokens: The limit that it was asked under.
        recording: The answer; its key is the request's (see `Request.key`).
        draw: Number of the draw, at a temperature above 0.
    """

    max_tokens: int | None
    recording: Recording
    draw: int = 0


@dataclass(frozen=True)
class HumanJudged:
    """What people and the suite's judges say of one answer.

    Attributes:
        human: The quality that people gave.
        judge: That of the judges.
        asked: What the judges were asked.
    """

    human: float
    judge: float
    asked: tuple[Asked, ...] = ()


@dataclass(frozen=True)
class Evaluation(Scored):
    """What a genome did on one example.

    Attributes:
        score: The four objectives.
        feedback: The last answer, parsed, and why it did not pass.
        example: The example's id.
        passed: Whether quality reaches the suite's pass mark.
        asked: The requests it took, in order.
        judged: The requests of scorers that ask a model: they cost calls, and are no part of the
            score.
        human: What people and the suite's judges say of answers that people have judged.
        is_cut: Whether the last answer was cut off by the limit of tokens.
        paid: Calls to models that it took; all other answers were known.
        draws: How often the example was drawn; score is the mean over the draws.
        passes: How many of several draws passed.
        raw_latency_ms: Latency as it was measured, where the score's may be modelled by the
            speed of the model (see `fitness.speed`); None if it is the score's.
    """

    example: str = ""
    passed: bool = False
    asked: tuple[Asked, ...] = ()
    judged: tuple[Asked, ...] = ()
    human: tuple[HumanJudged, ...] = ()
    is_cut: bool = False
    paid: int = field(default=0, compare=False)
    draws: int = 1
    passes: int = 0
    raw_latency_ms: float | None = None

    @property
    def measured_ms(self) -> float:
        """The latency that was measured."""
        return self.score.latency_ms if self.raw_latency_ms is None else self.raw_latency_ms

    @property
    def calls(self) -> tuple[Asked, ...]:
        """All requests that it took, those of judges among them."""
        return (*self.asked, *self.judged) if self.judged else self.asked

    @property
    def requests(self) -> tuple[str, ...]:
        """Keys of what it asked, in order: evaluations with the same ones have the same answers."""
        return tuple(asked.recording.key for asked in self.asked)

    @property
    def draws_differ(self) -> bool:
        """Whether its draws are answers of their own; a target may ask the same each time."""
        keys: dict[int, list[str]] = {}
        for asked in self.asked:
            keys.setdefault(asked.draw, []).append(asked.recording.key)
        return len({tuple(of_draw) for of_draw in keys.values()}) == len(keys)

    @classmethod
    def nothing(cls, example: str, reason: str) -> Evaluation:
        """Returns what a prompt is worth that the model cannot take."""
        return cls(Score(0.0), Feedback("", reason), example)
