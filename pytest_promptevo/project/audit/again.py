"""Asks the model again for some committed answers, and compares."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.errors import RecordingMissing
from pytest_promptevo.project.audit.checked import Checked, Difference, Figure
from pytest_promptevo.project.audit.found import Audit
from pytest_promptevo.project.audit.sample import sample
from pytest_promptevo.providers import kind_of
from pytest_promptevo.recording import Recording

if TYPE_CHECKING:
    from pytest_promptevo.project.suite_run import SuiteRun
    from pytest_promptevo.prompt import Completion, Example, Exchange, Request

_TIE_TEMPERATURE = 0.1
_TIE_DRAWS = 8
"""How often an answer that differs is drawn, nearly greedily: where two tokens are as good as
equal, as rounding needs it, both come up; a token that is worse by 1 in the logarithm of its
probability comes up once in 20,000 draws."""

_NEARLY_GREEDY = 0.01
"""Below that chance decides between tokens alone that are as good as equal: as rounding does."""

_OF_THE_REQUEST = ("prompt_tokens",)
_WHOLE = ("text", *_OF_THE_REQUEST, "completion_tokens", "finish")
"""What may not vary from one answer to the next; of an answer that may, what follows from the
request alone."""


def audit(run: SuiteRun, count: int) -> Audit:
    """Asks the model again for committed answers of a suite's genome; nothing is kept.

    The same request has the same number of prompt tokens. At temperature 0 the same weights
    must give the same text, ended in the same way, with the same number of tokens; engines that
    round (`Kind.rounds`) may give another where the recorded one is as good as equal to them.
    For these a temperature below 0.01 counts as 0: it decides ties alone, and would else excuse
    every edit of an answer. Where the temperature is higher, or nobody can see the weights
    (`Kind.repeats`), answers may vary: there their figures are compared in pairs (see
    `audit.moved`).

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
    requests = [check.recorded_requests(*answer) for answer in asked]
    recorded = [answer for answer, keys in zip(asked, requests, strict=True) if keys is not None]
    if not recorded:
        raise RecordingMissing(f"no recording: nothing to audit in {run.name}")
    chosen, drawn_by = sample(run, recorded, count)
    with ThreadPoolExecutor(check.workers) as pool:
        checked = list(pool.map(check.again, *zip(*chosen, strict=True)))
    first: dict[str, tuple[str, ...]] = {}
    for (example, _), keys in zip(asked, requests, strict=True):
        first.setdefault(example.id, keys or ())
    checked = [replace(each, requests=first[each.example]) for each in checked]
    return Audit(run.name, len(recorded), tuple(checked), drawn_by)


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

    def recorded_requests(self, example: Example, draw: int) -> tuple[str, ...] | None:
        """Returns the keys of what a draw of an example asked; None if it is not committed."""
        evaluator, genome = self._run.evaluator, self._run.genome
        try:
            replayed, _ = evaluator.ask_through(genome, example, self._replay, draw)
        except RecordingMissing:
            return None
        return tuple(request.key(self._digest) for request in replayed.requests)

    def again(self, example: Example, draw: int) -> Checked:
        """Asks the model for a draw of an example."""
        evaluator, genome = self._run.evaluator, self._run.genome
        recorded, quality = evaluator.ask_through(genome, example, self._replay, draw)
        differences: list[Difference] = []
        rounded: list[Request] = []

        def ask(request: Request) -> Completion:
            completion = self._answers.ask_model(request)
            old = self._recording(request)
            if old is None:
                # What follows an answer that differs was never asked before.
                return completion
            new = Recording.of(request, self._digest, completion)
            names = self._differing(request, old, new)
            if names and self._is_tie(request, old):
                rounded.append(request)
                return old.completion()
            if names:
                differences.append(Difference(example.id, draw, names, old, new))
            return completion

        now, quality_now = evaluator.ask_through(genome, example, ask, draw)
        return Checked(
            example=example.id,
            is_exact=all(self._must_repeat(request) for request in recorded.requests),
            differences=tuple(differences),
            is_rounded=bool(rounded),
            quality=Figure(quality, quality_now),
            completion_tokens=Figure(*(_tokens(each, "completion") for each in (recorded, now))),
            prompt_tokens=Figure(*(_tokens(each, "prompt") for each in (recorded, now))),
            cut_off=Figure(recorded.is_cut, now.is_cut),
            latency_ms=Figure(recorded.latency_ms, now.latency_ms),
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
        if not self._kind.rounds or not self._must_repeat(request):
            return False
        for number in range(_TIE_DRAWS):
            params = {**request.params, "temperature": _TIE_TEMPERATURE}
            drawn = replace(request, params=params, replicate=number)
            answer = Recording.of(drawn, self._digest, self._answers.ask_model(drawn))
            if not self._differing(request, recorded, answer):
                return True
        return False

    def _must_repeat(self, request: Request) -> bool:
        temperature = request.canonical_params["temperature"]
        is_greedy = not temperature or (self._kind.rounds and temperature < _NEARLY_GREEDY)
        return self._kind.repeats and is_greedy

    def _differing(self, request: Request, old: Recording, new: Recording) -> tuple[str, ...]:
        """Returns what may not vary between two answers to a request, and does."""
        fixed = _WHOLE if self._must_repeat(request) else _OF_THE_REQUEST
        return tuple(name for name in fixed if getattr(old, name) != getattr(new, name))


def _tokens(exchange: Exchange, part: str) -> int:
    return sum(getattr(turn.completion, f"{part}_tokens") for turn in exchange.turns)
