"""A locked prompt in a test in Python: the value of the fixture `promptevo`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.errors import ModelUnavailable, RecordingMissing, printable

if TYPE_CHECKING:
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Completion, Exchange, Request
    from pytest_promptevo.recording import Answerer, Recording
    from pytest_promptevo.runtime import LockedPrompt


@dataclass(repr=False)
class TestedPrompt:
    """A suite's locked prompt in a test: what the fixture `promptevo` is.

    Answers come from the recordings that are committed, or from the model, as for golden
    examples.

    Attributes:
        prompt: The locked prompt, as an application loads it.
    """

    __test__ = False

    prompt: LockedPrompt
    _answers: Answerer
    _test: str
    _asked: list[Recording] = field(default_factory=list)
    _exchanges: list[Exchange] = field(default_factory=list)

    def __repr__(self) -> str:
        """Returns the suite's name alone: pytest shows it with every failure of a test."""
        return f"TestedPrompt({self.suite!r})"

    @property
    def suite(self) -> str:
        """The suite's name."""
        return self.prompt.suite

    @property
    def genome(self) -> Genome:
        """The locked genome."""
        return self.prompt.genome

    def answer(self, /, **inputs: Any) -> Exchange:
        """Asks the locked prompt: the output has ``text`` and ``data``, tokens and latency.

        Args:
            inputs: Values of the prompt's ``{{name}}`` placeholders.

        Raises:
            TypeError: if inputs are missing or unknown.
            InvalidAnswer: if no valid output came, even after repairs.
        """
        __tracebackhide__ = True
        return self._noted(self.prompt.answer(self._ask, **inputs))

    async def aanswer(self, /, **inputs: Any) -> Exchange:
        """Does what `answer` does, for tests that are coroutines."""
        __tracebackhide__ = True
        return self._noted(await self.prompt.aanswer(self._ask, **inputs))

    def _noted(self, exchange: Exchange) -> Exchange:
        self._exchanges.append(exchange)
        return exchange

    def _ask(self, request: Request) -> Completion:
        __tracebackhide__ = True
        try:
            recording = self._answers.answer(request, self._test)
        except RecordingMissing as exc:
            hint = "the same pytest command with --promptevo-update-lock records it"
            problem = printable(f"{self._test}: {exc}\n  hint: {hint}")
        except ModelUnavailable as exc:
            problem = printable(f"{self._test}: {exc}")
        else:
            self._asked.append(recording)
            return recording.completion()
        pytest.fail(problem, pytrace=False)

    @property
    def recordings(self) -> list[Recording]:
        """The answers that the test got so far."""
        return self._asked

    def told(self) -> dict[str, Any]:
        """Returns what the summary is made of, as JSON data."""
        known = {recording.key for each in self._answers.committed.by_key.values()
                 for recording in each.values()}  # fmt: skip
        return {
            "suite": self.suite,
            "answers": len(self._asked),
            "new": sum(recording.key not in known for recording in self._asked),
            "tokens": sum(exchange.tokens for exchange in self._exchanges),
            "latency_ms": sum(exchange.latency_ms for exchange in self._exchanges),
            "repairs": sum(exchange.repairs for exchange in self._exchanges),
        }

    def properties(self) -> list[tuple[str, object]]:
        """Returns what JUnit's report holds of the test."""
        told = self.told()
        names = ("suite", "answers", "tokens", "latency_ms", "repairs")
        return [
            *((f"promptevo_{name}", told[name]) for name in names),
            ("promptevo_genome", "locked"),
            ("promptevo_digest", digest(self.genome.plain())),
            ("promptevo_model", self.prompt.model),
        ]
