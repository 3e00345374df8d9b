"""One example or a whole suite under a genome: render, ask, repair, score."""

from __future__ import annotations

import importlib
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import ContextOverflow, PromptEvoError, SuiteError
from pytest_promptevo.fitness import Score
from pytest_promptevo.output import Output, converse, parse
from pytest_promptevo.prompt import Message, Request, render, sampling
from pytest_promptevo.recording.record import best_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.golden import Example
    from pytest_promptevo.recording import Answerer, Recording
    from pytest_promptevo.suite import Suite


@dataclass(frozen=True)
class Asked:
    """One request of an evaluation and the recording that answered it."""

    key: str
    max_tokens: int | None
    recording: Recording


@dataclass(frozen=True)
class Verdict:
    """What a genome did on one example.

    Attributes:
        example: The example's id.
        score: The four objectives.
        passed: Whether quality reaches the suite's pass mark.
        answer: The last answer, parsed.
        reason: Why it did not pass.
        asked: The requests it took, in order.
        cut: Whether the last answer was cut off by the token limit.
    """

    example: str
    score: Score
    passed: bool
    answer: str
    reason: str
    asked: tuple[Asked, ...] = ()
    cut: bool = False


class Evaluator:
    """Evaluates genomes on the examples of one suite; nothing is evaluated twice.

    Args:
        suite: The suite.
        answers: Where answers come from.
        root: Folder that ``target`` functions are imported from.
    """

    def __init__(self, suite: Suite, answers: Answerer, root: Path) -> None:
        self.suite = suite
        self.answers = answers
        self._root = root
        self._verdicts: dict[tuple[str, str], Verdict] = {}
        self._target: Callable[..., Any] | None = None

    def verdict(self, genome: Genome, example: Example) -> Verdict:
        """Returns the verdict on one example.

        Raises:
            RecordingMissing: if only replay is allowed and there is no recording.
            ProviderError: if the model cannot answer.
            SuiteError: if a scorer or a target of the user's raises.
        """
        at = (genome.key, example.id)
        if at not in self._verdicts:
            self._verdicts[at] = self._evaluate(genome, example)
        return self._verdicts[at]

    def is_known(self, genome: Genome, example: Example) -> bool:
        """Whether the first answer can be had without a call (only for suites with a prompt)."""
        if (genome.key, example.id) in self._verdicts:
            return True
        if self.suite.template is None:
            return False
        return self.answers.is_recorded(self.request(genome, example))

    def many(
        self,
        genome: Genome,
        examples: Sequence[Example],
        done: Callable[[int], None] = lambda _count: None,
    ) -> list[Verdict | PromptEvoError]:
        """Evaluates examples side by side, as many as the model serves at once.

        Args:
            genome: The genome.
            examples: The examples.
            done: Takes the number of examples done so far.

        Returns:
            A verdict or an error for each example, in order.
        """

        def one(example: Example) -> Verdict | PromptEvoError:
            try:
                return self.verdict(genome, example)
            except PromptEvoError as bad:
                return bad

        made: list[Verdict | PromptEvoError] = []
        with ThreadPoolExecutor(self.workers(genome)) as pool:
            try:
                for count, result in enumerate(pool.map(one, examples), 1):
                    made.append(result)
                    done(count)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return made

    def workers(self, genome: Genome | None = None) -> int:
        """Returns how many evaluations may run at once."""
        if self.answers.mode == "none":
            return 1
        roles = [genome["model"]] if genome is not None else list(self.suite.models)
        return max(self.answers.connect(self.suite.models[role]).concurrency for role in roles)

    def request(self, genome: Genome, example: Example) -> Request:
        """Returns the first request for an example."""
        suite = self.suite
        if suite.template is None:
            raise ValueError("a suite with a target has no request of its own")
        shots = [suite.pool[name] for name in genome.get("shots", ()) if name != example.id]
        messages = render(suite.template, genome, example.inputs, shots)
        return self._request(genome, messages)

    def _request(self, genome: Genome, messages: tuple[Message, ...]) -> Request:
        output = self.suite.output
        schema = output.schema if output.constrain else None
        return Request(self.suite.models[genome["model"]], messages, sampling(genome), schema)

    def _evaluate(self, genome: Genome, example: Example) -> Verdict:
        turn = _Conversation(self, genome, example)
        try:
            output, repairs = turn.run_target() if self.suite.target else turn.run_prompt()
        except ContextOverflow as bad:
            raise ContextOverflow(f"example {example.id!r}: {bad}") from None
        quality, reason = self._judge(output, example)
        recordings = [asked.recording for asked in turn.asked]
        score = Score(
            quality=quality,
            latency_ms=sum(made.latency_ms for made in recordings),
            tokens=sum(made.prompt_tokens + made.completion_tokens for made in recordings),
            repairs=repairs,
        )
        cut = bool(recordings) and recordings[-1].finish == "length"
        if cut and reason:
            reason = f"{reason} (the answer was cut off by max_tokens)"
        return Verdict(
            example.id,
            score,
            quality >= self.suite.pass_mark - 1e-9,
            output.text,
            reason,
            tuple(turn.asked),
            cut,
        )

    def _judge(self, output: Output, example: Example) -> tuple[float, str]:
        if not output.valid:
            return 0.0, output.problem
        try:
            return self.suite.scorers.score(output, example)
        except Exception as bad:
            raise SuiteError(
                f"a scorer failed on example {example.id!r}: {type(bad).__name__}: {bad}",
                path=self.suite.path,
            ) from bad

    def target(self) -> Callable[..., Any]:
        """Returns the user's function that the suite names as its target."""
        if self._target is None:
            module_name, _, name = self.suite.target.partition(":")
            if str(self._root) not in sys.path:
                sys.path.insert(0, str(self._root))
            try:
                self._target = getattr(importlib.import_module(module_name), name)
            except Exception as bad:
                raise SuiteError(
                    f"cannot import target {self.suite.target!r}: {bad}", path=self.suite.path
                ) from None
        return self._target


@dataclass
class _Conversation:
    """The requests that one example takes."""

    evaluator: Evaluator
    genome: Genome
    example: Example
    asked: list[Asked] = field(default_factory=list)

    def ask(self, request: Request) -> Recording:
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
            request = evaluator._request(self.genome, turns)
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
        text = raw if isinstance(raw, str) else _json_text(raw)
        output = parse(evaluator.suite.output, text)
        return output, output.mended


def _json_text(value: Any) -> str:
    from pytest_promptevo.canonical import canonical_json

    return canonical_json(value)


class CallCounter:
    """Counts the calls that a search needs, the same whether they are paid or replayed.

    A request costs a call unless the search has asked it before, or an answer that it
    has seen serves its token limit (see `Recording.serves`).
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._seen: dict[str, list[Recording]] = {}

    def __call__(self, genome: Genome, example: Example, _score: Score) -> int:
        """Returns the calls of an evaluation that was made."""
        try:
            verdict = self._evaluator.verdict(genome, example)
        except ContextOverflow:
            return 0
        cost = 0
        for asked in verdict.asked:
            seen = self._seen.setdefault(asked.key, [])
            if best_for(seen, asked.max_tokens) is None:
                cost += 1
                seen.append(replace(asked.recording, max_tokens=asked.max_tokens))
        return cost
