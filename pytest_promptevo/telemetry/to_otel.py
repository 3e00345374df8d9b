"""OpenTelemetry: what of it is told of which event."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pytest_promptevo.state.events import Answered, Chosen, Reported, subscribe
from pytest_promptevo.telemetry.log_events import LogEvents
from pytest_promptevo.telemetry.metrics import Metrics
from pytest_promptevo.telemetry.spans import Spans

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.state.events import Happening


def start() -> Callable[[], None]:
    """Tells OpenTelemetry of events from now on; returns what ends it."""
    teller = _teller()
    unsubscribe = subscribe(teller.tell)

    def end() -> None:
        unsubscribe()
        teller.metrics.forget()

    return end


class Teller:
    """Hands each event to the signals that it is for."""

    def __init__(self) -> None:
        self.spans, self.log, self.metrics = Spans(), LogEvents(), Metrics()

    def tell(self, event: Happening) -> None:
        """Tells OpenTelemetry of an event."""
        if isinstance(event, Chosen):
            self.metrics.chosen(event)
            self.log.chosen(event)
        elif isinstance(event, Answered):
            self.spans.answered(event)
        elif isinstance(event, Reported):
            if event.is_new:
                self.metrics.reported(event)
                self.log.reported(event, self.spans.context_of(event.decision))
        else:
            self.log.happened(event)


@cache
def _teller() -> Teller:
    """Returns the process's: a meter must not make two instruments of one name."""
    return Teller()
