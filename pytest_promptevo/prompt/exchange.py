"""Asking until there is an output: parse, repair, ask again."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_promptevo.prompt.request import Completion, Message, Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.prompt.output import Output
    from pytest_promptevo.prompt.prompt import Prompt

Ask = Callable[[Request], Completion]
"""Answers one request."""

AsyncAsk = Callable[[Request], Coroutine[Any, Any, Completion]]
"""Answers one request, and lets others go on meanwhile."""


class Turn(NamedTuple):
    """A request and what the model answered."""

    request: Request
    completion: Completion


@dataclass(frozen=True)
class Exchange:
    """What it took to get an output, and the output.

    Attributes:
        output: The last output.
        repairs: Rounds of repair: each further request is one, and so is mending the last
            answer without asking.
        turns: Requests and answers, in order.
    """

    output: Output
    repairs: int
    turns: tuple[Turn, ...] = ()

    @property
    def text(self) -> str:
        """The output's text."""
        return self.output.text

    @property
    def data(self) -> Any:
        """The output's parsed JSON value, label or text."""
        return self.output.data

    @property
    def requests(self) -> tuple[Request, ...]:
        """What was asked, in order."""
        return tuple(turn.request for turn in self.turns)

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens of all turns."""
        return sum(
            turn.completion.prompt_tokens + turn.completion.completion_tokens for turn in self.turns
        )

    @property
    def latency_ms(self) -> float:
        """Milliseconds that the engine worked on all turns."""
        return sum(turn.completion.latency_ms for turn in self.turns)

    @property
    def is_cut(self) -> bool:
        """Whether the last answer was cut off by its limit of tokens."""
        return bool(self.turns) and self.turns[-1].completion.finish == "length"


def converse(prompt: Prompt, genome: Mapping[str, Any], request: Request, ask: Ask) -> Exchange:
    """Asks, and asks again with what is wrong, until the output is valid.

    Args:
        prompt: Knows what a valid output is, and how often to ask again.
        genome: The genome that the request is of.
        request: The first request.
        ask: Answers a request.

    Returns:
        The last output, valid or not, with all that it took.
    """
    talk = _conversation(prompt, genome, request)
    request = next(talk)
    while True:
        completion = ask(request)
        try:
            request = talk.send(completion)
        except StopIteration as end:
            exchange: Exchange = end.value
            return exchange


async def aconverse(
    prompt: Prompt, genome: Mapping[str, Any], request: Request, ask: AsyncAsk
) -> Exchange:
    """Does what `converse` does with an ``ask`` that is awaited."""
    talk = _conversation(prompt, genome, request)
    request = next(talk)
    while True:
        completion = await ask(request)
        try:
            request = talk.send(completion)
        except StopIteration as end:
            exchange: Exchange = end.value
            return exchange


def _conversation(
    prompt: Prompt, genome: Mapping[str, Any], request: Request
) -> Generator[Request, Completion, Exchange]:
    """Yields requests, takes their completions, and returns what came of them."""
    turns: list[Turn] = []
    while True:
        completion = yield request
        turns.append(Turn(request, completion))
        output = prompt.parse(genome, completion.text)
        repairs = len(turns) - 1
        if output.valid or repairs == prompt.output.max_repairs:
            return Exchange(output, repairs + output.mended, tuple(turns))
        request = _again(request, completion.text, output.problem)


def _again(request: Request, answer: str, problem: str) -> Request:
    """Returns the request that tells the model what is wrong with its answer."""
    told = f"That is not valid: {problem}. Reply with the corrected answer and nothing else."
    again = (Message("assistant", answer or "(no answer)"), Message("user", told))
    return replace(request, messages=(*request.messages, *again))
