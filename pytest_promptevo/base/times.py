"""Times as people read them."""

from __future__ import annotations

from datetime import datetime, timezone

_LATEST = 253_402_300_799.0
"""The last second that a date can tell (of the year 9999)."""


def day(seconds: float) -> str:
    """Returns the day of a time: ``2026-03-01``, or nothing where there is none."""
    return when(seconds)[:10]


def when(seconds: float) -> str:
    """Returns a time: ``2026-03-01 12:00:05 UTC``, or nothing where there is none."""
    if not 0 < seconds < _LATEST:
        return ""
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S} UTC"
