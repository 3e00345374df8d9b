"""One request's turn: a prompt that knows which arm it is of, and takes the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from pytest_promptevo.runtime.locked_prompt import InvalidAnswer, LockedPrompt
from pytest_promptevo.runtime.reporting import NOT_GIVEN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from pytest_promptevo.prompt import Exchange, Request
    from pytest_promptevo.runtime.asking import AskText, AsyncAskText
    from pytest_promptevo.runtime.traffic import Choice


class Outlet(Protocol):
    """What a turn belongs to."""

    @property
    def report(self) -> Callable[..., bool]:
        """Takes an outcome."""

    @property
    def areport(self) -> Callable[..., Awaitable[bool]]:
        """Takes an outcome without blocking the event loop."""

    @property
    def answered(self) -> Callable[[Turn, Exchange], None]:
        """Hears of an answer."""


class Turn(LockedPrompt):
    """A `LockedPrompt` for one request, which its outcome can be reported of.

    `answer` and `aanswer` note repairs, tokens and milliseconds. An answer that stays invalid is
    reported at once: quality 0, an error. A `ProviderError` is no outcome.

    Attributes:
        id: Id of the decision, for a report from anywhere: ``live.report(id, quality=...)``.
        arm: Id of the arm: digest of all that is rendered and sampled.
        name: What ``promptevo status`` calls it: ``genome``, or ``candidate-1`` and so on.
        share: The arm's share of the traffic when it was chosen.
    """

    def __init__(self, live: Outlet, choice: Choice) -> None:
        of = choice.arm.prompt
        self.suite, self.genome, self.prompt = of.suite, of.genome, of.prompt
        self.inputs, self.options, self.target = of.inputs, of.options, of.target
        self._engines = of._engines
        self.id, self.share = choice.decision, choice.share
        self.arm, self.name = choice.arm.id, choice.arm.name
        self._live = live
        self._asked: Mapping[str, Any] | None = None
        self._exchanges: tuple[Exchange, ...] = ()

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"Turn({self.id!r})"

    def close(self) -> None:
        """Does nothing: the engines are those of all turns (see `Live.close`)."""

    def request(self, /, **inputs: Any) -> Request:
        """Renders the request as `LockedPrompt.request` does, and notes the inputs."""
        self._asked = inputs
        return super().request(**inputs)

    def answer(self, ask: AskText | None = None, /, **inputs: Any) -> Exchange:
        """Does what `LockedPrompt.answer` does, and notes what it took."""
        self._asked = inputs
        try:
            done = super().answer(ask, **inputs)
        except InvalidAnswer as exc:
            self._note(exc.exchange)
            self.report(quality=0.0, error=True)
            raise
        return self._note(done)

    async def aanswer(
        self, ask: AskText | AsyncAskText | None = None, /, **inputs: Any
    ) -> Exchange:
        """Does what `LockedPrompt.aanswer` does, and notes what it took."""
        self._asked = inputs
        try:
            done = await super().aanswer(ask, **inputs)
        except InvalidAnswer as exc:
            self._note(exc.exchange)
            await self.areport(quality=0.0, error=True)
            raise
        return self._note(done)

    def report(
        self,
        quality: float | None = None,
        *,
        error: bool = False,
        latency_ms: float | None = None,
        tokens: float | None = None,
        repairs: float | None = None,
        expected: Any = NOT_GIVEN,
    ) -> bool:
        """Reports the outcome; what is not given is what was noted. See `Live.report`."""
        given = self._figures(latency_ms, tokens, repairs)
        told = {"quality": quality, "error": error, "expected": expected, **given}
        return self._live.report(self.id, **told)

    async def areport(
        self,
        quality: float | None = None,
        *,
        error: bool = False,
        latency_ms: float | None = None,
        tokens: float | None = None,
        repairs: float | None = None,
        expected: Any = NOT_GIVEN,
    ) -> bool:
        """Does what `report` does without blocking the event loop."""
        given = self._figures(latency_ms, tokens, repairs)
        told = {"quality": quality, "error": error, "expected": expected, **given}
        return await self._live.areport(self.id, **told)

    def _figures(
        self, latency_ms: float | None, tokens: float | None, repairs: float | None
    ) -> dict[str, Any]:
        """Returns what is given, or else noted; a text alone tells no tokens."""
        done = self._exchanges
        if done:
            if latency_ms is None:
                latency_ms = sum(each.latency_ms for each in done)
            if tokens is None:
                tokens = sum(each.tokens for each in done) or None
            if repairs is None:
                repairs = sum(each.repairs for each in done)
        return {
            "latency_ms": latency_ms,
            "tokens": tokens,
            "repairs": repairs,
            "inputs": self._asked,
            "answer": done[-1].text if done else None,
        }

    def _note(self, done: Exchange) -> Exchange:
        self._exchanges = (*self._exchanges, done)
        self._live.answered(self, done)
        return done
