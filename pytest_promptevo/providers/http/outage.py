"""How long a model's servers have been failing, and when to stop waiting for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from pytest_promptevo.errors import ModelUnavailable, TransientError

if TYPE_CHECKING:
    from pytest_promptevo.providers.base import ProviderOptions

PATIENCE_SETTING = "promptevo_patience"

LOST_CALLS = 3
"""Calls in a row that may fail before the model counts as unavailable."""


class Outage:
    """The time since the last good answer of any server.

    Args:
        subject: What the servers serve, for messages.
        options: Settings.
        hint: What to do when no server answers.
    """

    def __init__(self, subject: str, options: ProviderOptions, hint: str) -> None:
        self._subject = subject
        self._options = options
        self._hint = hint
        self._since: float | None = None
        self._last = ""
        self._gone = False
        self._lost_calls = 0
        self._told = False

    @property
    def attempts(self) -> int:
        """Times a call may fail; once the model counts as unavailable, one try is enough."""
        return self._options.attempts if self._lost_calls < LOST_CALLS else 1

    def end(self) -> None:
        """Notes a good answer."""
        self._since, self._gone, self._lost_calls, self._told = None, False, 0, False

    def note(self, what: str, gone: bool, now: float) -> None:
        """Notes a failed attempt; ``gone`` if there was nobody to answer."""
        self._since = self._since or now
        self._last, self._gone = what, gone

    def announcement(self) -> str:
        """Returns the line that tells of the outage, the first time; else an empty text."""
        if self._told:
            return ""
        self._told = True
        patience = self._options.patience_s
        return (
            f"{self._subject}: {self._last}; "
            f"waiting for it up to {patience:g} s (ini: {PATIENCE_SETTING})"
        )

    def raise_if_over(self, now: float) -> None:
        """Raises `ModelUnavailable` if the servers have been waited for long enough."""
        waited = now - self._since if self._since is not None else 0.0
        if self._gone and waited >= self._options.patience_s:
            raise ModelUnavailable(
                f"{self._subject}: no answer within {self._options.patience_s:g} s of waiting; "
                f"last, {self._last}\n  hint: {self._hint}; {PATIENCE_SETTING} waits longer"
            )

    def raise_for_lost_call(self) -> NoReturn:
        """Raises `TransientError`, or `ModelUnavailable` if calls are lost one after the other."""
        self._lost_calls += 1
        if self._lost_calls >= LOST_CALLS:
            raise ModelUnavailable(
                f"{self._subject}: {LOST_CALLS} calls in a row failed at every attempt; "
                f"last, {self._last}"
            )
        raise TransientError(f"{self._subject}: a call failed at every attempt; last, {self._last}")
