"""One example or a whole suite under a genome: render, ask, repair, score."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.importing import imported
from pytest_promptevo.errors import ContextOverflow, PromptEvoError, SettingsError, SuiteError
from pytest_promptevo.evaluation.conversation import Asked, Conversation
from pytest_promptevo.fitness import Score
from pytest_promptevo.prompt import Message, Request, render, sampling

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Output
    from pytest_promptevo.recording import Answerer
    from pytest_promptevo.suite import Suite
    from pytest_promptevo.suite.golden import Example


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
        return self.request_of(genome, messages)

    def request_of(self, genome: Genome, messages: tuple[Message, ...]) -> Request:
        """Returns the request that asks a genome's model about messages."""
        output = self.suite.output
        schema = output.schema if output.constrain else None
        return Request(self.suite.models[genome["model"]], messages, sampling(genome), schema)

    def _evaluate(self, genome: Genome, example: Example) -> Verdict:
        turn = Conversation(self, genome, example)
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
            try:
                self._target = imported(self.suite.target, self._root)
            except SettingsError as bad:
                raise SuiteError(f"target: {bad}", path=self.suite.path) from None
        return self._target
