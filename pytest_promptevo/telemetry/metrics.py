"""Metrics: rewards as they come, shares and stage as they are."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from opentelemetry import metrics
from opentelemetry.metrics import Observation

from pytest_promptevo.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opentelemetry.metrics import CallbackOptions

    from pytest_promptevo.state.events import Chosen, Reported

TENTHS = [number / 10 for number in range(11)]
"""Bounds of the buckets that rewards are counted in."""


class Metrics:
    """A histogram of rewards, and gauges of what this process has last seen of each suite."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._seen: dict[str, tuple[int, int, dict[str, float]]] = {}
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
        with self._guard:
            version, stage, shares = self._seen.get(event.suite, (-1, -1, {}))
            if (version, stage) != (event.version, event.stage):
                shares = {}
            shares[event.arm] = event.share
            self._seen[event.suite] = (event.version, event.stage, shares)

    def reported(self, event: Reported) -> None:
        """Counts a reward."""
        self._rewards.record(event.reward, {names.SUITE: event.suite, names.ARM: event.arm})

    def _shares(self, _options: CallbackOptions) -> Iterable[Observation]:
        return list(self._observed_shares())

    def _stages(self, _options: CallbackOptions) -> Iterable[Observation]:
        with self._guard:
            return [
                Observation(stage, {names.SUITE: suite})
                for suite, (_, stage, _) in self._seen.items()
            ]

    def _observed_shares(self) -> Iterator[Observation]:
        with self._guard:
            for suite, (_, _, shares) in self._seen.items():
                for arm, share in shares.items():
                    yield Observation(share, {names.SUITE: suite, names.ARM: arm})
