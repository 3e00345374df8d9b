"""One example or a whole suite under a genome: ask, repair, score."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_promptevo.base.patterns import SlowPattern
from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import ContextOverflow, PromptEvoError, while_doing
from pytest_promptevo.evaluation.evaluation import Asked, Evaluation, Task
from pytest_promptevo.evaluation.judging import Judging
from pytest_promptevo.evaluation.latency import as_measured, modelled
from pytest_promptevo.evaluation.prompt_size import told_size
from pytest_promptevo.evaluation.repeats import merged
from pytest_promptevo.evaluation.scoring import Scoring
from pytest_promptevo.fitness import Feedback, Score, Speed
from pytest_promptevo.prompt import converse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluation import HumanJudged
    from pytest_promptevo.evaluation.target import Target
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Completion, Example, Exchange, Request
    from pytest_promptevo.recording import Answerer, Recording
    from pytest_promptevo.suite import Suite

_LONGEST_REASON = 2_000
"""Characters of the reason that is kept of each example: all labels of a suite may stand in it."""


class Evaluator:
    """Evaluates genomes on the examples of one suite.

    It remembers nothing: a repeated evaluation asks no model again, because every answer
    is recorded, but runs the scorers again. Whoever needs an evaluation later keeps it.
    Once a scorer has failed, no model is asked any more: the answers could not be judged.

    Args:
        suite: The suite.
        answers: Where answers come from.
        root: Folder that ``target`` functions are imported from.
        elsewhere: Evaluates a task in another process, where that is wanted.
        say: Takes a line about what takes long.

    Attributes:
        suite: The suite.
        answers: Where answers come from.
        speeds: Model reference to its speed, where that is known: latencies are modelled by
            the good ones, if latency counts in the suite.
    """

    def __init__(
        self,
        suite: Suite,
        answers: Answerer,
        root: Path,
        elsewhere: Callable[[Task], Evaluation] | None = None,
        say: Callable[[str], None] = lambda _text: None,
    ) -> None:
        self.suite = suite
        self.answers = answers
        self.speeds: dict[str, Speed] = {}
        self._root = root
        self._elsewhere = elsewhere
        self._scoring = Scoring(suite, say)
        self._human: dict[str, tuple[HumanJudged, ...]] = {}

    def evaluate(self, genome: Genome, example: Example, draw: int = 0) -> Evaluation:
        """Evaluates one example, here or elsewhere.

        Raises:
            RecordingMissing: if only replay is allowed and there is no recording.
            ProviderError: if the model cannot answer.
            ScorerFailed: if a scorer fails, or failed before and a model would have to be asked.
            SuiteError: if a target of the user's raises.
        """
        if self._elsewhere is None:
            return self.evaluate_here(genome, example, draw)
        evaluation = self._elsewhere(Task(self.suite.path, genome, example.id, draw))
        self.answers.note_paid(evaluation.paid)
        return self.with_latency(genome, evaluation)

    @cached_property
    def weighs_latency(self) -> bool:
        """Whether latency counts in the suite."""
        return self.suite.objectives.counts("latency_ms")

    def with_latency(self, genome: Genome, evaluation: Evaluation) -> Evaluation:
        """Returns an evaluation with its modelled latency, or the measured one."""
        speed = self.speeds.get(self.suite.prompt.reference(genome))
        if speed is None or not speed.is_good or not self.weighs_latency:
            return as_measured(evaluation)
        return modelled(evaluation, speed)

    def evaluate_here(
        self, genome: Genome, example: Example, draw: int = 0, measured_for: str = ""
    ) -> Evaluation:
        """Evaluates one example in this process.

        Args:
            genome: The genome.
            example: The example.
            draw: Number of the draw, at a temperature above 0.
            measured_for: What its latency is measured for, if it shall be asked anew for that.

        Raises:
            PromptEvoError: as `evaluate` does.
        """
        paid: list[None] = []

        def answer(request: Request) -> Recording:
            if measured_for:
                request = replace(request, measured_for=measured_for)
            self._stop_after_failed_scorer(request)
            return self.answers.answer(request, example.id, lambda: paid.append(None))

        evaluation = self.evaluate_by(answer, genome, example, draw)
        if example.human:
            evaluation = replace(evaluation, human=self._judged_by_people(answer, example))
        return replace(evaluation, paid=len(paid)) if paid else evaluation

    def _judged_by_people(
        self, answer: Callable[[Request], Recording], example: Example
    ) -> tuple[HumanJudged, ...]:
        """Returns what judges say of an example's answers that people have judged, asked once."""
        if example.id not in self._human:
            judging = Judging(self.suite, answer)
            self._human[example.id] = tuple(judging.human(example))
        return self._human[example.id]

    def evaluate_by(
        self,
        answer: Callable[[Request], Recording],
        genome: Genome,
        example: Example,
        draw: int = 0,
    ) -> Evaluation:
        """Evaluates one example by answers from elsewhere; raises what `answer` raises, too."""
        with while_doing(f"{self.suite.name}, example {example.id!r}"):
            return self._evaluated(answer, genome, example, draw)

    def _evaluated(
        self,
        answer: Callable[[Request], Recording],
        genome: Genome,
        example: Example,
        draw: int,
    ) -> Evaluation:
        asked: list[Asked] = []
        requests: list[Request] = []

        def ask(request: Request) -> Completion:
            requests.append(request)
            recording = answer(request)
            asked.append(Asked(request.max_tokens, recording, draw))
            return recording.completion()

        try:
            done = self._exchange(genome, example, ask, draw)
        except ContextOverflow as exc:
            size = told_size(requests, is_rendered=not self.suite.target)
            raise ContextOverflow(f"example {example.id!r}: {exc}: {size}") from None
        except SlowPattern as exc:
            raise self.suite.about(example, str(exc), exc.pattern) from None
        judging = Judging(self.suite, answer, draw)
        quality, reason = self._scoring.judge(done.output, example, judging)
        reason = shorten(reason, _LONGEST_REASON)
        if done.is_cut and reason:
            reason = f"{reason} (the answer was cut off by max_tokens)"
        evaluation = Evaluation(
            score=Score(quality, done.latency_ms, done.tokens, done.repairs),
            feedback=Feedback(done.output.text, reason),
            example=example.id,
            passed=quality >= self.suite.pass_mark - 1e-9,
            asked=tuple(asked),
            judged=tuple(judging.asked),
            is_cut=done.is_cut,
            raw_latency_ms=done.latency_ms,
        )
        return self.with_latency(genome, evaluation)

    def repeated(self, genome: Genome, example: Example, first: int = 0) -> Evaluation:
        """Evaluates as many draws of an example as the suite repeats; raises as `evaluate` does.

        Args:
            genome: The genome.
            example: The example.
            first: Number of the first draw.
        """
        draws = range(first, first + self.suite.draws(genome))
        return merged(
            [self.evaluate(genome, example, draw) for draw in draws], self.suite.pass_mark
        )

    def ask_through(
        self, genome: Genome, example: Example, ask: Callable[[Request], Completion], draw: int = 0
    ) -> tuple[Exchange, float]:
        """Asks about an example through a function of the caller's; judges are asked as ever.

        Returns:
            What was asked and answered, and the quality of the output.

        Raises:
            SuiteError: if a scorer or a target of the user's raises.
        """
        done = self._exchange(genome, example, ask, draw)

        def answer(request: Request) -> Recording:
            return self.answers.answer(request, example.id)

        return done, self._scoring.judge(done.output, example, Judging(self.suite, answer))[0]

    def is_known(self, genome: Genome, example: Example) -> bool:
        """Whether first answers can be had without a call (only for suites with a prompt)."""
        if self.suite.target:
            return False
        prompt, unshown = self.suite.prompt, self.suite.unshown(genome, example)
        return all(
            self.answers.is_recorded(
                prompt.request(genome, example.inputs, without=unshown, draw=draw)
            )
            for draw in range(self.suite.draws(genome))
        )

    def many(
        self,
        genome: Genome,
        examples: Sequence[Example],
        done: Callable[[int], None] = lambda _count: None,
        first: int = 0,
    ) -> list[Evaluation | PromptEvoError]:
        """Evaluates examples side by side, as many as the model serves at once.

        Args:
            genome: The genome.
            examples: The examples.
            done: Takes the number of examples done so far.
            first: Number of the first draw of each example.

        Returns:
            An evaluation or an error for each example, in order.
        """

        def attempt(example: Example) -> Evaluation | PromptEvoError:
            try:
                return self.repeated(genome, example, first)
            except PromptEvoError as exc:
                return exc

        results: list[Evaluation | PromptEvoError] = []
        with ThreadPoolExecutor(self.workers(genome)) as pool:
            try:
                for count, result in enumerate(pool.map(attempt, examples), 1):
                    results.append(result)
                    done(count)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        return results

    def workers(self, genome: Genome | None = None) -> int:
        """Returns how many evaluations may run at once."""
        if self.answers.mode == "none":
            return 1
        models = self.suite.prompt.models
        roles = [genome["model"]] if genome is not None else list(models)
        return max(self.answers.connect(models[role]).concurrency for role in roles)

    @property
    def is_spread(self) -> bool:
        """Whether several engines answer the calls of some model."""
        if self.answers.mode == "none":
            return False
        models = self.suite.prompt.models.values()
        return any(self.answers.connect(reference).is_spread for reference in models)

    @cached_property
    def _target(self) -> Target:
        from pytest_promptevo.evaluation.target import Target

        return Target(self.suite, self._root)

    def _exchange(
        self, genome: Genome, example: Example, ask: Callable[[Request], Completion], draw: int
    ) -> Exchange:
        if self.suite.target:
            return self._target.run(genome, example, ask, draw)
        prompt = self.suite.prompt
        unshown = self.suite.unshown(genome, example)
        request = prompt.request(genome, example.inputs, without=unshown, draw=draw)
        return converse(prompt, genome, request, ask)

    def _stop_after_failed_scorer(self, request: Request) -> None:
        """Raises instead of a call that would be paid for and could not be judged."""
        failed = self._scoring.failed
        if failed is None or self.answers.mode == "none":
            return
        if not self.answers.is_recorded(request):
            raise failed.again()
