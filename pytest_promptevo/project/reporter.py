"""To whom a project tells what it is doing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from pytest_promptevo.base.text import counted, shorten

if TYPE_CHECKING:
    from pytest_promptevo.evolve import Progress

_FORESIGHT = 0.2
"""Share of the budget after which the time it takes can be told."""

_LONGEST_NAME = 16
"""Letters of a suite's name in a line of 80 columns, in which other things count."""


class Reporter(Protocol):
    """Shows people where long work stands; safe to call from several threads."""

    def show(self, text: str, share: float = 0.0) -> None:
        """Shows a state that the next one replaces, and which share of the work is done."""
        ...

    def say(self, text: str) -> None:
        """Shows a line that stays."""
        ...


class Silent:
    """A reporter for programs without an audience."""

    def show(self, text: str, share: float = 0.0) -> None:
        """Drops a state."""

    def say(self, text: str) -> None:
        """Drops a line."""


def search_state(suite: str, progress: Progress) -> str:
    """Returns where a search stands, as a line for people.

    A terminal of 80 columns cuts nothing but the end, which tells least. Calls and tokens are
    those beside baseline and test.
    """
    calls, most = progress.calls, progress.budget_calls
    proposals = f" + {counted(progress.proposals, 'proposal')}" if progress.proposals else ""
    text = (
        f"{short_name(suite)}: {calls - progress.proposals}{f'/{most}' if most else ''} calls"
        f"{proposals}, best {progress.best_fitness:.3f}"
    )
    if most and share_of(progress) >= _FORESIGHT:
        rest = progress.elapsed_s * (most - calls) / calls
        text += f", <{duration(rest)} left"
    if calls and progress.elapsed_s >= 1:
        text += f", {_rate(calls / progress.elapsed_s)}, {_thousands(progress.tokens)} tokens"
    return f"{text}, {progress.phase}"


def share_of(progress: Progress) -> float:
    """Returns the share of its budget in calls that a search has spent; 0 without one."""
    most = progress.budget_calls
    return min(1.0, progress.calls / most) if most else 0.0


def _rate(calls_per_s: float) -> str:
    return f"{calls_per_s:.1f}/s" if calls_per_s >= 1 else f"{60 * calls_per_s:.0f}/min"


def _thousands(count: float) -> str:
    for least, letter in ((1e6, "M"), (1e3, "k")):
        if count >= least:
            return f"{count / least:.1f}{letter}"
    return f"{count:.0f}"


def short_name(suite: str) -> str:
    """Returns a suite's name as lines show it that have little room."""
    return shorten(suite, _LONGEST_NAME)


def duration(seconds: float) -> str:
    """Returns a time as the whole seconds, minutes or hours that it is within."""
    for unit, length in (("h", 3600), ("min", 60)):
        if seconds > 1.5 * length:
            return f"{math.ceil(seconds / length)} {unit}"
    return f"{max(1, math.ceil(seconds))} s"
