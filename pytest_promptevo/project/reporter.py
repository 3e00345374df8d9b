"""To whom a project tells what it is doing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pytest_promptevo.evolve import Progress

_FORESIGHT = 0.2
"""Share of the budget after which the time it takes can be told."""


class Reporter(Protocol):
    """Shows people where long work stands; safe to call from several threads."""

    def show(self, text: str) -> None:
        """Shows a state that the next one replaces."""
        ...

    def say(self, text: str) -> None:
        """Shows a line that stays."""
        ...


class Silent:
    """A reporter for programs without an audience."""

    def show(self, text: str) -> None:
        """Drops a state."""

    def say(self, text: str) -> None:
        """Drops a line."""


def search_state(suite: str, progress: Progress) -> str:
    """Returns where a search stands, as a line for people."""
    calls, most = progress.calls, progress.budget_calls
    text = (
        f"{suite}: {progress.phase}, {calls}{f' of {most}' if most else ''} calls beside baseline "
        f"and test, best fitness {progress.best_fitness:.3f}"
    )
    if most and calls >= _FORESIGHT * most:
        rest = progress.elapsed_s * (most - calls) / calls
        text += f", at most about {max(0, round(rest))} s left"
    return text
