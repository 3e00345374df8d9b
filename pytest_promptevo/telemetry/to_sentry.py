"""Sentry: tags of what was chosen, and issues for people to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sentry_sdk

from pytest_promptevo.state.events import (
    CandidateDropped,
    Chosen,
    StageChanged,
    StoreLost,
    subscribe,
)
from pytest_promptevo.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.state.events import Happening


def start() -> Callable[[], None]:
    """Tells Sentry of events from now on; returns what ends it."""
    return subscribe(_tell)


def _tell(event: Happening) -> None:
    if not sentry_sdk.is_initialized():
        return
    if isinstance(event, Chosen):
        sentry_sdk.set_tag(names.SUITE, event.suite)
        sentry_sdk.set_tag(names.ARM, event.arm)
        sentry_sdk.set_tag(names.VERSION, str(event.version))
    elif isinstance(event, CandidateDropped):
        _dropped(event)
    elif isinstance(event, StageChanged):
        sentry_sdk.add_breadcrumb(
            category=names.STAGE, message=f"{event.suite}: {event.why}", level="info"
        )
    elif isinstance(event, StoreLost):
        tags = {names.SUITE: event.suite}
        _issue(f"{event.suite}: the store is lost: {event.why}", [names.STORE_LOST], tags)


def _dropped(event: CandidateDropped) -> None:
    tags = {names.SUITE: event.suite, names.ARM: event.arm}
    if not event.guard:  # another candidate is better: nothing that anybody must look at
        sentry_sdk.add_breadcrumb(
            category=names.CANDIDATE_DROPPED, message=f"{event.suite}: {event.why}", level="info"
        )
        return
    tags[names.GUARD] = event.guard
    text = f"{event.suite}: candidate {event.arm} was dropped: {event.why}"
    _issue(text, [names.CANDIDATE_DROPPED, event.arm, event.guard], tags)


def _issue(text: str, kind: list[str], tags: dict[str, str]) -> None:
    """Sends a message; those of one kind and suite are one issue."""
    with sentry_sdk.new_scope() as scope:
        scope.fingerprint = [*kind, tags[names.SUITE]]
        for name, value in tags.items():
            scope.set_tag(name, value)
        sentry_sdk.capture_message(text, level="warning")
