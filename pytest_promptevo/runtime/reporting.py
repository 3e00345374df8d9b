"""From what an application reports to what is written of it."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.runtime.redacting import redacted
from pytest_promptevo.state.decision import NO_VERSION, Decision, parse_decision
from pytest_promptevo.state.records import LARGEST_TEXT, Queued, Report
from pytest_promptevo.state.sql_state import LATEST_REPORT_SECONDS
from pytest_promptevo.state.tables import EVIDENCE, LATE, NO_ALLOCATION, OTHER_LOCK
from pytest_promptevo.state.warner import Warner

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.runtime.arms import Arms
    from pytest_promptevo.runtime.redacting import Redact

FAILURE_BELOW = 0.5
"""Quality below which an outcome is a failure that is worth a golden example."""

NOT_GIVEN: Any = ...

_warner = Warner(logging.getLogger("pytest_promptevo.live"))


def make_report(
    arms: Arms,
    decision: str,
    *,
    quality: float | None,
    error: bool,
    latency_ms: float | None,
    tokens: float | None,
    repairs: float | None,
    queued: Queued | None,
) -> Report | None:
    """Returns what is written of an outcome, or None where the decision is none.

    Raises:
        SettingsError: if a figure is none.
    """
    if error and quality is None:
        quality = 0.0
    if not is_number(quality) or not 0 <= quality <= 1:  # type: ignore[operator]
        raise SettingsError(f"quality must be a number from 0 to 1, not {shown(quality)}")
    figures = {"latency_ms": latency_ms, "tokens": tokens, "repairs": repairs}
    for name, figure in figures.items():
        if figure is not None and not (is_number(figure) and 0 <= figure < math.inf):
            raise SettingsError(f"{name} must be a number from 0 on, not {shown(figure)}")
    told = parse_decision(decision)
    if told is None:
        return None
    now = time.time()
    return Report(
        decision=told.text,
        suite=arms.lineup.suite,
        lineup=told.lineup,
        version=told.version,
        arm=told.arm,
        unit=told.unit,
        reward=arms.reward({"quality": quality, **figures}),
        quality=float(quality),  # type: ignore[arg-type]
        error=bool(error),
        latency_ms=None if latency_ms is None else float(latency_ms),
        tokens=None if tokens is None else float(tokens),
        repairs=None if repairs is None else float(repairs),
        at=now,
        left_out=_left_out(arms, told, now),
        queued=queued,
    )


def make_queued(
    redact: Redact | None, inputs: Mapping[str, Any] | None, answer: str | None, expected: Any
) -> Queued | None:
    """Returns what goes to the queue of failures, or None.

    Args:
        redact: Says what may be kept, where the application has said so.
        inputs: The inputs, where they are known.
        answer: The model's answer, where it is known.
        expected: What it should have been, or `NOT_GIVEN`.
    """
    try:
        if redact is not None:
            kept = redacted(redact, inputs, answer)
            if kept is None:
                return None
            inputs, answer = kept
        told = None if inputs is None else canonical_json(dict(inputs))
        wanted = None if expected is NOT_GIVEN else canonical_json(expected)
        for text in (told, wanted):
            (text or "").encode()
    except Exception as exc:  # the application's redact, or values that are no JSON
        # Its message may hold the very text that shall not be kept.
        _warner.warn("queue", f"a failure was not queued: {type(exc).__name__}")
        return None
    if len(told or "") > LARGEST_TEXT or len(wanted or "") > LARGEST_TEXT:
        _warner.warn("queue", f"a failure was not queued: it is larger than {LARGEST_TEXT} letters")
        return None
    if told is None and redact is None:
        _warner.warn(
            "inputs",
            "a failure without inputs was queued, which becomes no golden example: report it "
            "with inputs=, or through its Turn",
        )
    clean = None if answer is None else answer.encode("utf-8", "replace").decode()
    return Queued(told, None if clean is None else clean.replace("\0", "")[:LARGEST_TEXT], wanted)


def shown(value: Any) -> str:
    """Returns a value for a message."""
    return shorten(repr(value), 60)


def _left_out(arms: Arms, told: Decision, now: float) -> str:
    if told.lineup != arms.lineup.key or told.arm not in arms.by_id:
        return OTHER_LOCK
    if told.version == NO_VERSION:
        return NO_ALLOCATION
    return LATE if now - told.at > LATEST_REPORT_SECONDS else EVIDENCE
