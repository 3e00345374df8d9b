"""What an example takes until there is an output: a prompt with repairs, or a target."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.errors import PromptEvoError, SuiteError
from pytest_promptevo.prompt import Message, Output, Request, converse, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.recording import Recording
    from pytest_promptevo.suite.golden import Example


@dataclass(frozen=True)
class Asked:
    """One request of an evaluation and the recording that answered it."""

    key: str
    max_tokens: int | None
    recording: Recording


@dataclass
class Conversation:
    """The requests that one example takes.

    Attributes:
        evaluator: Knows the suite and where answers come from.
        genome: The genome.
        example: The example.
        asked: The requests so far, in order.
    """

    evaluator: Evaluator
    genome: Genome
    example: Example
    asked: list[Asked] = field(default_factory=list)

    def ask(self, request: Request) -> Recording:
        """Returns the answer to a request and notes both."""
        answers = self.evaluator.answers
        made = answers.answer(request, self.example.id)
        key = request.key(answers.model_digest(request.model))
        self.asked.append(Asked(key, request.max_tokens, made))
        return made

    def run_prompt(self) -> tuple[Output, int]:
        """Asks, with repairs."""
        request = self.evaluator.request(self.genome, self.example)
        spec, cot = self.evaluator.suite.output, bool(self.genome.get("cot"))
        return converse(spec, request, lambda each: self.ask(each).text, cot=cot)

    def run_target(self) -> tuple[Output, int]:
        """Runs the user's function, which asks the model through us."""
        evaluator = self.evaluator

        def ask(messages: Sequence[Mapping[str, str]], **changes: Any) -> str:
            turns = tuple(Message(turn["role"], turn["content"]) for turn in messages)  # type: ignore[arg-type]
            request = evaluator.request_of(self.genome, turns)
            return self.ask(replace(request, params={**request.params, **changes})).text

        try:
            raw = evaluator.target()(dict(self.example.inputs), self.genome, ask)
        except PromptEvoError:
            raise
        except Exception as bad:
            raise SuiteError(
                f"target {evaluator.suite.target} failed on example {self.example.id!r}: "
                f"{type(bad).__name__}: {bad}",
                path=evaluator.suite.path,
            ) from bad
        text = raw if isinstance(raw, str) else canonical_json(raw)
        output = parse(evaluator.suite.output, text)
        return output, output.mended
