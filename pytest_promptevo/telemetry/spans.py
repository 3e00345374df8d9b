"""A span for each answer, and which one it was for those who report later."""

from __future__ import annotations

from collections import deque
from time import time_ns
from typing import TYPE_CHECKING

from opentelemetry import trace

from pytest_promptevo.telemetry import names

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from pytest_promptevo.state.events import Answered

REMEMBERED = 10_000
"""Answers whose span is remembered; of older ones the id of the decision tells."""


class Spans:
    """Spans ``chat MODEL``, as long as the engine worked, below the span that is current."""

    def __init__(self) -> None:
        self._tracer = trace.get_tracer(names.SCOPE)
        # No lock: a child process would wait for one that a thread of its parent held.
        self._known: dict[str, trace.SpanContext] = {}
        self._order: deque[str] = deque()

    def answered(self, event: Answered) -> None:
        """Makes the span of an answer."""
        provider, _, model = event.model.partition(":")
        now = time_ns()
        span = self._tracer.start_span(
            f"{names.CHAT} {model}",
            kind=trace.SpanKind.CLIENT,
            start_time=now - int(event.latency_ms * 1e6),
            attributes={
                names.OPERATION: names.CHAT,
                names.PROVIDER: provider,
                names.PROMPT_NAME: event.suite,
                names.REQUEST_MODEL: model,
                names.RESPONSE_ID: event.decision,
                names.INPUT_TOKENS: event.prompt_tokens,
                names.OUTPUT_TOKENS: event.completion_tokens,
                names.ARM: event.arm,
                names.REPAIRS: event.repairs,
            },
        )
        if span.is_recording():
            self._known[event.decision] = span.get_span_context()
            self._order.append(event.decision)
            if len(self._order) > REMEMBERED:
                self._known.pop(self._order.popleft(), None)
        if not event.valid:
            span.set_attribute(names.ERROR_TYPE, names.INVALID_ANSWER)
            span.set_status(trace.StatusCode.ERROR)
        span.end(now)

    def context_of(self, decision: str) -> Context | None:
        """Returns the context of a decision's answer; None where another process gave it."""
        found = self._known.get(decision)
        if found is None:
            return None
        return trace.set_span_in_context(trace.NonRecordingSpan(found))
