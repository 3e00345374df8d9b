"""A model whose truth is known: how good each genome is, and how its answers hang together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b

from pytest_promptevo.prompt import Completion, Request

MS = {"prompt": 8.0, "completion": 30.0}
"""Milliseconds per token of the model at full speed."""

SLOW = 3.0
"""How many times as long everything takes in the first half of a search that drifts."""


@dataclass
class World:
    """What is true in one simulated search.

    Attributes:
        seed: Every seed is another model and another sample of examples.
        truth: The first words of a prompt to the share of right answers in the long run.
        shared: Share of the answers that depend on how hard an example is, for all genomes
            alike; the others depend on genome and example.
        draws_anew: Whether a question that is asked again is answered anew (as at a
            temperature above 0), whatever was answered before.
        slow_calls: How many calls are slow before the machine has nothing else to do.
        calls: Calls so far.
    """

    seed: int
    truth: dict[str, float]
    shared: float = 0.0
    draws_anew: bool = False
    slow_calls: int = 0
    calls: int = 0
    _asked: Counter[str] = field(default_factory=Counter)

    def answer(self, request: Request) -> Completion:
        """Answers: ``yes`` is right."""
        how, _, question = request.messages[-1].content.partition("\n")
        luck = self._luck(how, question, self._draw(request))
        text = "yes" if luck < self.truth[how] else "no"
        prompt, completion = len(request.messages[-1].content.split()), 2
        latency = MS["prompt"] * prompt + MS["completion"] * completion
        latency *= 0.9 + 0.2 * self._uniform("speed", self.calls)
        if self.calls < self.slow_calls:
            latency *= SLOW
        self.calls += 1
        return Completion(text, prompt, completion, latency)

    def _draw(self, request: Request) -> str:
        if not self.draws_anew:
            return "0"
        key = request.key("")
        self._asked[key] += 1
        return f"{request.replicate}.{self._asked[key]}"

    def _luck(self, how: str, question: str, draw: str) -> float:
        if self._uniform("whose", how, question, draw) < self.shared:
            return self._uniform("difficulty", question, draw)
        return self._uniform("own", how, question, draw)

    def _uniform(self, *parts: object) -> float:
        text = "\n".join(map(str, (self.seed, *parts)))
        return int.from_bytes(blake2b(text.encode(), digest_size=7).digest(), "big") / 2**56


_present: list[World] = []


def enter(world: World) -> None:
    """Makes a world the one that this process's model lives in."""
    _present[:] = [world]


def answer(request: Request) -> Completion:
    """What ``scripted:`` models of simulated suites call."""
    return _present[0].answer(request)


REFERENCE = f"scripted:{__name__}:answer"
