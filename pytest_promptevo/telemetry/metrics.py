"""Metrics: rewards as they come, shares and stage as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opentelemetry import metrics
from opentelemetry.metrics import Observation

from pytest_promptevo.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opentelemetry.metrics import CallbackOptions

    from pytest_promptevo.state.events import Chosen, Reported

TENTHS = [number / 10 for number in range(11)]
"""Bounds of the buckets that rewards are counted in."""


class Seen(NamedTuple):
    """What this process has last seen of a suite's allocation.

    Attributes:
        version: Its number.
        stage: Its stage.
        shares: Arm to share, as far as arms were chosen since.
    """

    version: int
    stage: int
    shares: dict[str, float]


class Metrics:
    """A histogram of rewards, and gauges of what this process has last seen of each suite."""

    def __init__(self) -> None:
        # No lock: a child process would wait for one that a thread of its parent held.
        self._seen: dict[str, Seen] = {}
        meter = metrics.get_meter(names.SCOPE)
        self._rewards = meter.create_histogram(
            names.REWARD,
            "1",
            "Rewards of outcomes, by suite and arm",
            explicit_bucket_boundaries_advisory=TENTHS,
        )
        meter.create_observable_gauge(
            names.SHARE, [self._shares], "1", "Share of the traffic, by suite and arm"
        )
        meter.create_observable_gauge(
            names.STAGE, [self._stages], "1", "Stage of the rollout from 0 on; -1: none"
        )

    def chosen(self, event: Chosen) -> None:
        """Notes the arm's share and the stage; what an earlier allocation said is forgotten."""
        seen = self._seen.get(event.suite)
        if seen is None or (seen.version, seen.stage) != (event.version, event.stage):
            self._seen[event.suite] = Seen(event.version, event.stage, {event.arm: event.share})
        else:
            seen.shares[event.arm] = event.share

    def reported(self, event: Reported) -> None:
        """Counts a reward."""
        self._rewards.record(event.reward, {names.SUITE: event.suite, names.ARM: event.arm})

    def forget(self) -> None:
        """Forgets what was seen: the gauges have no values."""
        self._seen = {}

    def _shares(self, _options: CallbackOptions) -> Iterable[Observation]:
        return [
            Observation(share, {names.SUITE: suite, names.ARM: arm})
            for suite, seen in list(self._seen.items())
            for arm, share in list(seen.shares.items())
        ]

    def _stages(self, _options: CallbackOptions) -> Iterable[Observation]:
        return [
            Observation(seen.stage, {names.SUITE: suite})
            for suite, seen in list(self._seen.items())
        ]
