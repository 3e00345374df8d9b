"""Log events: which arm was chosen, how good an answer was, what became of a rollout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry._logs import LogRecord, SeverityNumber, get_logger

from pytest_promptevo.state.events import CandidateDropped, StageChanged, StoreLost
from pytest_promptevo.telemetry import names

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from pytest_promptevo.state.events import Chosen, Reported

    Value = str | int | float


class LogEvents:
    """Events in the sense of OpenTelemetry: log records that have a name."""

    def __init__(self) -> None:
        self._logger = get_logger(names.SCOPE)

    def chosen(self, event: Chosen) -> None:
        """Tells which arm was chosen: to OpenTelemetry that is a feature flag."""
        self._emit(
            names.FLAG,
            {
                names.FLAG_KEY: event.suite,
                names.FLAG_PROVIDER: names.FLAG_SYSTEM,
                names.FLAG_VARIANT: event.arm,
                names.FLAG_REASON: names.SPLIT if event.version else names.DEFAULT,
                names.FLAG_VERSION: str(event.version),
                names.DECISION: event.decision,
            },
        )

    def reported(self, event: Reported, context: Context | None) -> None:
        """Tells how good an answer was, a record for each measure.

        Args:
            event: The event.
            context: The context of the answer's span, where it is known.
        """
        measures = {"reward": event.reward, "quality": event.quality}
        for name, score in measures.items():
            self._evaluated(event, name, {names.EVALUATION_SCORE: score}, context)
        label = "invalid" if event.error else "valid"
        scored: dict[str, Value] = {
            names.EVALUATION_SCORE: float(not event.error),
            names.EVALUATION_LABEL: label,
        }
        self._evaluated(event, "validity", scored, context)

    def happened(self, event: StageChanged | CandidateDropped | StoreLost) -> None:
        """Tells what became of a rollout or its store."""
        told: dict[str, Value] = {names.PROMPT_NAME: event.suite}
        if isinstance(event, StageChanged):
            told[names.STAGE] = event.stage
            name, severity = names.STAGE_CHANGED, SeverityNumber.INFO
        elif isinstance(event, CandidateDropped):
            told |= {names.ARM: event.arm, names.GUARD: event.guard}
            name, severity = names.CANDIDATE_DROPPED, SeverityNumber.WARN
        else:
            name, severity = names.STORE_LOST, SeverityNumber.WARN
        self._emit(name, told, severity=severity, body=event.why)

    def _evaluated(
        self, event: Reported, name: str, scored: dict[str, Value], context: Context | None
    ) -> None:
        about: dict[str, Value] = {
            names.EVALUATION_NAME: name,
            names.PROMPT_NAME: event.suite,
            names.RESPONSE_ID: event.decision,
            names.ARM: event.arm,
        }
        self._emit(names.EVALUATION, {**about, **scored}, context=context)

    def _emit(
        self,
        name: str,
        told: dict[str, Value],
        *,
        context: Context | None = None,
        severity: SeverityNumber = SeverityNumber.INFO,
        body: str | None = None,
    ) -> None:
        self._logger.emit(
            LogRecord(
                event_name=name,
                attributes=told,
                context=context,
                severity_number=severity,
                severity_text=severity.name,
                body=body,
            )
        )
