"""One server of a model, and how it has been doing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

from pytest_promptevo.providers.http.faults import Fault, wait_before
from pytest_promptevo.providers.http.hedging import Pace

if TYPE_CHECKING:
    from collections.abc import Callable

C = TypeVar("C")


@dataclass
class Server(Generic[C]):
    """One server; its pool guards it.

    Attributes:
        address: Shown in messages.
        make_client: Makes its client, when first needed.
        client: The client.
        in_flight: Calls that it is busy with.
        calls: Calls that it has got so far.
        failures: Failed attempts in a row.
        failed_at: When the last of them ended.
        retry_at: When it may be tried again.
        checked: It is known to serve the right model.
        probing: A call is finding out whether it does; others keep away.
        unfit: Why it cannot serve the model, if so.
        pace: How long its calls take.
    """

    address: str
    make_client: Callable[[], C] = field(repr=False)
    client: C | None = field(default=None, repr=False)
    in_flight: int = 0
    calls: int = 0
    failures: int = 0
    failed_at: float = 0.0
    retry_at: float = 0.0
    checked: bool = False
    probing: bool = False
    unfit: str = ""
    pace: Pace = field(default_factory=Pace)

    def is_ready(self, now: float, share: int) -> bool:
        """Tells whether a call may go there, if it takes at most ``share`` at once."""
        idle = not (self.unfit or self.probing) and self.in_flight < share
        return idle and self.retry_at <= now

    def expected_s(self) -> float:
        """Returns the seconds until a call would be answered that comes now; 0 if unknown."""
        return (self.in_flight + 1) * (self.pace.typical_s or 0.0)

    def take(self) -> None:
        """Notes that a call goes there."""
        self.in_flight += 1
        self.calls += 1
        self.probing = not self.checked

    def give_back(self, started: float) -> None:
        """Notes that a call has ended; one from before the last failure probes nothing."""
        self.in_flight -= 1
        if started >= self.failed_at:
            self.probing = False

    def note_check(self) -> None:
        """Notes that it is there and serves the right model."""
        self.checked, self.probing, self.retry_at = True, False, 0.0

    def note_answer(self, started: float) -> bool:
        """Notes an answer; tells whether the call is younger than the last failure."""
        if started < self.failed_at:
            return False
        self.failures, self.retry_at = 0, 0.0
        return True

    def note_fault(self, fault: Fault, started: float, now: float, backoff_s: float) -> None:
        """Notes a failed attempt, unless a known failure has also hit this older call."""
        if started < self.failed_at:
            return
        self.failures += 1
        self.failed_at = now
        self.retry_at = now + max(wait_before(self.failures, backoff_s), fault.wait_s)
        self.checked = False

    def note_unfit(self, reason: str) -> None:
        """Notes that it cannot serve the model."""
        self.unfit, self.checked = reason, False
