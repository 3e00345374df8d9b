"""From what an application reports to what is written of it."""

from __future__ import annotations

import logging
import math
import time
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.base.text import shown
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


def quality_of(quality: Any, *, error: bool = False) -> float:
    """Returns a quality as a number: true and false count as 1 and 0, an error alone as 0.

    Raises:
        SettingsError: if it is no number from 0 to 1.
    """
    if error and quality is None:
        return 0.0
    if type(quality).__name__ in ("bool", "bool_"):  # numpy's, too: quality=answer == expected
        return float(quality)
    number = _number(quality)
    if not 0 <= number <= 1:
        raise SettingsError(f"quality must be a number from 0 to 1, not {shown(quality)}")
    return number


def make_report(
    arms: Arms,
    decision: str,
    *,
    quality: float,
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
    given = {"latency_ms": latency_ms, "tokens": tokens, "repairs": repairs}
    figures = {name: _figure(name, figure) for name, figure in given.items()}
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
        quality=quality,
        error=bool(error),
        latency_ms=figures["latency_ms"],
        tokens=figures["tokens"],
        repairs=figures["repairs"],
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


def _figure(name: str, value: Any) -> float | None:
    if value is None:
        return None
    number = _number(value)
    if not 0 <= number < math.inf:
        raise SettingsError(f"{name} must be a number from 0 on, not {shown(value)}")
    return number


def _number(value: Any) -> float:
    """Returns a number as a float; what is none, or too large for one, is not a number."""
    try:
        return float(value) if is_number(value) else math.nan
    except OverflowError:
        return math.nan


def _left_out(arms: Arms, told: Decision, now: float) -> str:
    if told.lineup != arms.lineup.key or told.arm not in arms.by_id:
        return OTHER_LOCK
    if told.version == NO_VERSION:
        return NO_ALLOCATION
    return LATE if now - told.at > LATEST_REPORT_SECONDS else EVIDENCE
