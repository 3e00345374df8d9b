"""Asks the model again for some committed answers, and compares."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import fmean, median
from typing import TYPE_CHECKING

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


@dataclass(frozen=True)
class Difference:
    """An answer that had to be the same, and is not.

    Attributes:
        example: Id of the example.
        recorded: The committed answer.
        now: The model's answer now.
    """

    example: str
    recorded: Recording
    now: Recording


@dataclass(frozen=True)
class Checked:
    """A recorded answer, with its repairs, that was asked for again.

    Attributes:
        example: Id of the example.
        is_exact: Whether all of it had to be the same.
        differences: What had to be the same, and is not.
        quality: The quality of the output recorded, and of that now.
        latency_ms: The latency recorded, and that now, in milliseconds.
    """

    example: str
    is_exact: bool
    differences: tuple[Difference, ...]
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
            distribution, recorded or now (paired, two-sided, mid-p: see `fitness.paired.fall_p`);
            None where none may vary.
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

    At temperature 0 the same weights must give the same text with the same numbers of tokens.
    Where the temperature is above 0, or nobody can see the weights (`Kind.repeats`), answers
    may vary: there the qualities are compared in pairs.

    Args:
        run: The suite.
        count: How many answers to ask for; which, the commit that is checked out decides
            together with the recordings, or these alone outside of a repository.

    Raises:
        RecordingMissing: if the suite has no recorded answers of this model.
        ProviderError: if the model cannot answer.
    """
    check = _Check(run)
    recorded = [example for example in run.suite.examples if check.is_recorded(example)]
    if not recorded:
        raise RecordingMissing(f"no recording: nothing to audit in {run.suite.name}")
    seed, drawn_by = _seed(run)
    drawn = set(sorted((_rank(seed, example.id), example.id) for example in recorded)[:count])
    chosen = [example for example in recorded if (_rank(seed, example.id), example.id) in drawn]
    with ThreadPoolExecutor(check.workers) as pool:
        checked = tuple(pool.map(check.again, chosen))
    return Audit(run.suite.name, len(recorded), checked, drawn_by, _p_value(checked))


class _Check:
    """Replays committed answers of a suite, and asks for them again."""

    def __init__(self, run: SuiteRun) -> None:
        self._run = run
        self._answers = run.evaluator.answers
        reference = run.suite.prompt.reference(run.genome)
        engine = self._answers.connect(reference)
        self._digest = engine.digest()
        self._repeats = kind_of(reference).repeats
        self.workers = engine.concurrency
        locked = run.entry.digests.get(reference, self._digest) if run.entry else self._digest
        if locked != self._digest:
            raise RecordingMissing(
                f"no recording: {reference} is {self._digest[:19]} here, "
                f"and the answers in the lock are of {locked[:19]}"
            )

    def is_recorded(self, example: Example) -> bool:
        """Whether all answers of an example are committed."""
        try:
            self._run.evaluator.ask_through(self._run.genome, example, self._replay)
        except RecordingMissing:
            return False
        return True

    def again(self, example: Example) -> Checked:
        """Asks the model for the answers of an example."""
        evaluator, genome = self._run.evaluator, self._run.genome
        recorded, quality = evaluator.ask_through(genome, example, self._replay)
        differences: list[Difference] = []
        ask = partial(self._ask, example.id, differences)
        now, quality_now = evaluator.ask_through(genome, example, ask)
        return Checked(
            example.id,
            all(self._must_repeat(request) for request in recorded.requests),
            tuple(differences),
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

    def _ask(self, example: str, differences: list[Difference], request: Request) -> Completion:
        completion = self._answers.ask_model(request)
        # What follows an answer that differs was never asked before, and is not recorded.
        if self._must_repeat(request) and (recorded := self._recording(request)):
            now = Recording.of(request, self._digest, completion)
            if _fixed(recorded) != _fixed(now):
                differences.append(Difference(example, recorded, now))
        return completion

    def _must_repeat(self, request: Request) -> bool:
        return self._repeats and not request.canonical_params["temperature"]


def _fixed(recording: Recording) -> tuple[str, int, int]:
    """Returns what may not vary from one time to the next."""
    return recording.text, recording.prompt_tokens, recording.completion_tokens


def _seed(run: SuiteRun) -> tuple[str, str]:
    """Returns what chooses the answers, and what it is called."""
    path = run.evaluator.answers.committed.path
    recordings = hashlib.sha256(path.read_bytes() if path.exists() else b"").hexdigest()
    commit = commit_id(run.lock_path.parent)
    return f"{commit}\n{recordings}", f"commit {commit[:12]}" if commit else "recordings"


def _rank(seed: str, example: str) -> str:
    return hashlib.sha256(f"{seed}\n{example}".encode()).hexdigest()


def _p_value(checked: Sequence[Checked]) -> float | None:
    varying = [each.quality for each in checked if not each.is_exact]
    if not varying:
        return None
    differences = [now - recorded for recorded, now in varying]
    # Whichever side is worse, one of the two is 1.
    return min(1.0, 2 * min(fall_p(differences), fall_p([-each for each in differences])))
