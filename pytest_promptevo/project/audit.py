"""Asks the model again for some committed answers, and compares."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import fmean, median
from typing import TYPE_CHECKING

from pytest_promptevo.base.text_files import read_bytes
from pytest_promptevo.errors import RecordingMissing
from pytest_promptevo.fitness.paired import fall_p
from pytest_promptevo.project.commit_id import commit_id
from pytest_promptevo.providers import kind_of
from pytest_promptevo.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.project.suite_run import SuiteRun
    from pytest_promptevo.prompt import Completion, Example, Request

ALPHA = 0.01
"""Below this p-value, scores that were recorded and scores now are no longer one distribution."""

_TIE_TEMPERATURE = 0.1
_TIE_DRAWS = 8
"""How often an answer that differs is drawn, nearly greedily: where two tokens are as good as
equal, as rounding needs it, both come up; a token that is worse by 1 in the logarithm of its
probability comes up once in 20,000 draws."""


@dataclass(frozen=True)
class Difference:
    """An answer that had to be the same, and is not.

    Attributes:
        example: Id of the example.
        draw: Number of the draw.
        recorded: The committed answer.
        now: The model's answer now.
    """

    example: str
    draw: int
    recorded: Recording
    now: Recording


@dataclass(frozen=True)
class Checked:
    """A recorded answer, with its repairs, that was asked for again.

    Attributes:
        example: Id of the example.
        is_exact: Whether all of it had to be the same.
        differences: What had to be the same, and is not.
        is_rounded: Whether part of it is the same up to rounding alone.
        quality: The quality of the output recorded, and of that now.
        latency_ms: The latency recorded, and that now, in milliseconds.
    """

    example: str
    is_exact: bool
    differences: tuple[Difference, ...]
    is_rounded: bool
    quality: tuple[float, float]
    latency_ms: tuple[float, float]


@dataclass(frozen=True)
class Audit:
    """What came of asking again.

    Attributes:
        suite: Name of the suite.
        total: Number of its recorded answers.
        checked: Those that were asked for again, in the order of the golden examples.
        drawn_by: What chose them: ``commit 0123456789ab`` or ``recordings``.
        p_value: Of the hypothesis that the qualities of answers that may vary come from one
            distribution, recorded or now: of means over the draws of an example, paired,
            two-sided, mid-p (see `fitness.paired.fall_p`); None where none may vary.
    """

    suite: str
    total: int
    checked: tuple[Checked, ...]
    drawn_by: str
    p_value: float | None

    @property
    def differences(self) -> list[Difference]:
        """What had to be the same, and is not."""
        return [difference for each in self.checked for difference in each.differences]

    @property
    def varying(self) -> list[Checked]:
        """The answers that may vary."""
        return [each for each in self.checked if not each.is_exact]

    @property
    def qualities(self) -> tuple[float, float]:
        """Mean quality of the answers that may vary, recorded and now."""
        recorded, now = zip(*(each.quality for each in self.varying), strict=True)
        return fmean(recorded), fmean(now)

    @property
    def latencies(self) -> tuple[float, float]:
        """Median latency in milliseconds, recorded and now."""
        recorded, now = zip(*(each.latency_ms for each in self.checked), strict=True)
        return median(recorded), median(now)

    @property
    def passes(self) -> bool:
        """Whether the recordings are what the model answers."""
        return not self.differences and (self.p_value is None or self.p_value >= ALPHA)


def audit(run: SuiteRun, count: int) -> Audit:
    """Asks the model again for committed answers of a suite's genome; nothing is kept.

    At temperature 0 the same weights must give the same text with the same numbers of tokens;
    engines that round (`Kind.rounds`) may give another where the recorded one is as good as
    equal to them. Where the temperature is above 0, or nobody can see the weights
    (`Kind.repeats`), answers may vary: there the qualities are compared in pairs.

    Args:
        run: The suite.
        count: How many answers to ask for; which, the commit that is checked out decides
            together with the recordings, or these alone outside of a repository.

    Raises:
        RecordingMissing: if the suite has no recorded answers of this model.
        ProviderError: if the model cannot answer.
    """
    check = _Check(run)
    draws = range(run.suite.draws(run.genome))
    asked = [(example, draw) for example in run.suite.examples for draw in draws]
    recorded = [answer for answer in asked if check.is_recorded(*answer)]
    if not recorded:
        raise RecordingMissing(f"no recording: nothing to audit in {run.suite.name}")
    seed, drawn_by = _seed(run)
    ranks = [_rank(seed, example.id, draw) for example, draw in recorded]
    last = sorted(ranks)[: min(count, len(ranks))][-1]
    chosen = [answer for answer, rank in zip(recorded, ranks, strict=True) if rank <= last]
    with ThreadPoolExecutor(check.workers) as pool:
        checked = tuple(pool.map(check.again, *zip(*chosen, strict=True)))
    return Audit(run.suite.name, len(recorded), checked, drawn_by, _p_value(checked))


class _Check:
    """Replays committed answers of a suite, and asks for them again."""

    def __init__(self, run: SuiteRun) -> None:
        self._run = run
        self._answers = run.evaluator.answers
        reference = run.suite.prompt.reference(run.genome)
        engine = self._answers.connect(reference)
        self._digest = engine.digest()
        self._kind = kind_of(reference)
        self.workers = engine.concurrency
        locked = run.entry.digests.get(reference, self._digest) if run.entry else self._digest
        if locked != self._digest:
            raise RecordingMissing(
                f"no recording: {reference} is {self._digest[:19]} here, "
                f"and the answers in the lock are of {locked[:19]}"
            )

    def is_recorded(self, example: Example, draw: int) -> bool:
        """Whether a draw of an example is committed, with its repairs."""
        try:
            self._run.evaluator.ask_through(self._run.genome, example, self._replay, draw)
        except RecordingMissing:
            return False
        return True

    def again(self, example: Example, draw: int) -> Checked:
        """Asks the model for a draw of an example."""
        evaluator, genome = self._run.evaluator, self._run.genome
        recorded, quality = evaluator.ask_through(genome, example, self._replay, draw)
        differences: list[Difference] = []
        rounded: list[Request] = []

        def ask(request: Request) -> Completion:
            completion = self._answers.ask_model(request)
            # What follows an answer that differs was never asked before, and is not recorded.
            if self._must_repeat(request) and (old := self._recording(request)):
                new = Recording.of(request, self._digest, completion)
                if _fixed(old) != _fixed(new) and self._is_tie(request, old):
                    rounded.append(request)
                    return old.completion()
                if _fixed(old) != _fixed(new):
                    differences.append(Difference(example.id, draw, old, new))
            return completion

        now, quality_now = evaluator.ask_through(genome, example, ask, draw)
        return Checked(
            example.id,
            all(self._must_repeat(request) for request in recorded.requests),
            tuple(differences),
            bool(rounded),
            (quality, quality_now),
            (recorded.latency_ms, now.latency_ms),
        )

    def _replay(self, request: Request) -> Completion:
        recorded = self._recording(request)
        if recorded is None:
            raise RecordingMissing("no recording: missing")
        return recorded.completion()

    def _recording(self, request: Request) -> Recording | None:
        return self._answers.committed.get(request.key(self._digest), request.max_tokens)

    def _is_tie(self, request: Request, recorded: Recording) -> bool:
        """Whether the model could as well have given the recorded answer."""
        if not self._kind.rounds:
            return False
        for number in range(_TIE_DRAWS):
            params = {**request.params, "temperature": _TIE_TEMPERATURE}
            drawn = replace(request, params=params, replicate=number)
            answer = Recording.of(drawn, self._digest, self._answers.ask_model(drawn))
            if _fixed(answer) == _fixed(recorded):
                return True
        return False

    def _must_repeat(self, request: Request) -> bool:
        return self._kind.repeats and not request.canonical_params["temperature"]


def _fixed(recording: Recording) -> tuple[str, int, int]:
    """Returns what may not vary from one time to the next."""
    return recording.text, recording.prompt_tokens, recording.completion_tokens


def _seed(run: SuiteRun) -> tuple[str, str]:
    """Returns what chooses the answers, and what it is called."""
    path = run.evaluator.answers.committed.path
    recordings = hashlib.sha256(read_bytes(path) if path.is_file() else b"").hexdigest()
    commit = commit_id(run.lock_path.parent)
    return f"{commit}\n{recordings}", f"commit {commit[:12]}" if commit else "recordings"


def _rank(seed: str, example: str, draw: int) -> str:
    return hashlib.sha256(f"{seed}\n{draw}\n{example}".encode()).hexdigest()


def _p_value(checked: Sequence[Checked]) -> float | None:
    by_example: dict[str, list[float]] = {}
    for each in checked:
        if not each.is_exact:
            recorded, now = each.quality
            by_example.setdefault(each.example, []).append(now - recorded)
    if not by_example:
        return None
    differences = [fmean(gained) for gained in by_example.values()]
    # Whichever side is worse, one of the two is 1.
    return min(1.0, 2 * min(fall_p(differences), fall_p([-each for each in differences])))
