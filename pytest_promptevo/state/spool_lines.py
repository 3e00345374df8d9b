"""An outcome as a line of a spool, and what a line says."""

from __future__ import annotations

import json
import math
from typing import Any

from pytest_promptevo.state.decision import parse_decision
from pytest_promptevo.state.records import LARGEST_TEXT, Queued, Report

_ESCAPED = 6
"""Bytes of a letter at most: that of a control character, as JSON writes it."""

LONGEST_LINE = len(Queued._fields) * _ESCAPED * LARGEST_TEXT + LARGEST_TEXT
"""Bytes of a line at most: all that a queued failure may hold, and the outcome's own ids."""

_NUMBERS = ("reward", "quality", "latency_ms", "tokens", "repairs", "at")
_BAD = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)


def line_of(report: Report) -> bytes:
    """Returns the line of an outcome; where its failure makes it too long, without that.

    Raises:
        ValueError: if it is too long even so.
    """
    line = _json(report)
    if len(line) > LONGEST_LINE:
        line = _json(report._replace(queued=None))
    if len(line) > LONGEST_LINE:
        raise ValueError("an outcome's ids are too long to be kept")
    return line


def parsed(line: bytes) -> Report | None:
    """Returns the outcome of a line, or None for what is none, such as a part of a line."""
    try:
        data = json.loads(line)
        queued = data.pop("queued")
        report = Report(**data, queued=None if queued is None else Queued(**queued))
        if not _is_sound(report):
            return None
        # As a store takes them: an integer may be larger than any column.
        told: dict[str, Any] = {name: getattr(report, name) for name in _NUMBERS}
        floats = {name: float(value) for name, value in told.items() if value is not None}
        return Report(**{**report._asdict(), **floats, "version": int(report.version)})
    except _BAD:
        return None


def _json(report: Report) -> bytes:
    queued = report.queued and report.queued._asdict()
    text = json.dumps({**report._asdict(), "queued": queued}, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _is_sound(report: Report) -> bool:
    decision = parse_decision(report.decision)
    if decision is None:
        return False
    told = (decision.lineup, decision.version, decision.arm, decision.unit)
    if told != (report.lineup, report.version, report.arm, report.unit):
        return False
    numbers = (report.latency_ms, report.tokens, report.repairs)
    shares = (report.reward, report.quality)
    queued = report.queued or ()
    return (
        all(_is_text(text) for text in (report.suite, report.left_out))
        and isinstance(report.error, bool)
        and all(_is_number(share) and 0 <= share <= 1 for share in shares)
        and all(number is None or (_is_number(number) and number >= 0) for number in numbers)
        and _is_number(report.at)
        and all(text is None or _is_text(text) for text in queued)
    )


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _is_text(value: Any) -> bool:
    """Whether a value is a text that every store takes."""
    return isinstance(value, str) and "\0" not in value and bool(value.isascii() or value.encode())
