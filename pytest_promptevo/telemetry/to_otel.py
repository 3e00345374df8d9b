"""OpenTelemetry: what of it is told of which event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.state.events import Answered, Chosen, Reported
from pytest_promptevo.telemetry.log_events import LogEvents
from pytest_promptevo.telemetry.metrics import Metrics
from pytest_promptevo.telemetry.spans import Spans

if TYPE_CHECKING:
    from pytest_promptevo.state.events import Happening, Subscriber


def subscriber() -> Subscriber:
    """Returns what tells OpenTelemetry of events."""
    spans, log, metrics = Spans(), LogEvents(), Metrics()

    def tell(event: Happening) -> None:
        if isinstance(event, Chosen):
            metrics.chosen(event)
            log.chosen(event)
        elif isinstance(event, Answered):
            spans.answered(event)
        elif isinstance(event, Reported):
            if event.is_new:
                metrics.reported(event)
                log.reported(event, spans.context_of(event.decision))
        else:
            log.happened(event)

    return tell
