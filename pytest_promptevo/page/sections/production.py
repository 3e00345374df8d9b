"""Production: how the arms of a rollout stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.base.times import when
from pytest_promptevo.page.charts.shares import shares_picture
from pytest_promptevo.page.sections.axis import Axis, Whisker
from pytest_promptevo.page.texts import line
from pytest_promptevo.reports.rollout_model import standing_of
from pytest_promptevo.reports.rollout_text import headline, next_words, switched, warnings
from pytest_promptevo.reports.words import interval, percent
from pytest_promptevo.state.overview import read_allocations, read_overview

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.page.charts.render import Picture
    from pytest_promptevo.reports.rollout_model import ArmStanding, Evidence, Standing
    from pytest_promptevo.state.lineup import Lineup
    from pytest_promptevo.state.sql_state import SqlState

_MOST_ALLOCATIONS = 400


@dataclass(frozen=True)
class Meter:
    """Evidence on its way to what is needed.

    Attributes:
        told: Both in words.
        share: How far it is, in per cent of the way; evidence multiplies, so logarithms count.
    """

    told: str
    share: float


@dataclass(frozen=True)
class ArmRow:
    """An arm.

    Attributes:
        name: ``genome`` or ``candidate-1``.
        status: ``live``, ``dropped`` or ``retired``.
        why: Why it is dropped or retired.
        share: Its share of the traffic.
        reported: How many of its choices were reported.
        n: Outcomes that are evidence.
        reward: Mean reward with its interval.
        whisker: The same on an axis from 0 to 1.
        fine: Evidence that it is not worse.
        worse: Evidence that it is.
    """

    name: str
    status: str
    why: str
    share: str
    reported: str
    n: str
    reward: str
    whisker: Whisker | None
    fine: Meter | None
    worse: Meter | None


@dataclass(frozen=True)
class Production:
    """A rollout.

    Attributes:
        headline: Which stage it is in.
        stages: Most that candidates get together, by stage, and whether it is that stage.
        notes: What else is to be told.
        arms: The arms.
        next: What comes next.
        picture: The shares over time, where there are any.
    """

    headline: str
    stages: list[tuple[str, bool]]
    notes: list[str]
    arms: list[ArmRow]
    next: str
    picture: Picture | None


def production_of(
    state: SqlState, lineup: Lineup, names: Mapping[str, str], now: float
) -> Production:
    """Returns how a suite's rollout stands.

    Args:
        state: The store.
        lineup: The suite's arms.
        names: What they are called.
        now: The time, in seconds since 1970.

    Raises:
        StateError: if the store cannot be used, or holds what makes no sense.
    """
    found = read_overview(state, lineup)
    standing = standing_of(lineup, found, names)
    notes = [line(switched(switch), 400) for switch in found.switches if switch.mode != "on"]
    if standing is None:
        return Production(headline(found, None), [], notes, [], "", None)
    allocations = [
        (at, {names[arm]: share for arm, share in each.weights.items()})
        for at, each in read_allocations(state, lineup, _MOST_ALLOCATIONS)
        if when(at)  # a store may hold any number as a time
    ]
    arms = [arm.name for arm in standing.arms]
    notes.insert(0, line(f"since {when(standing.since)}: {standing.why}", 400))
    notes += [line(each, 400) for each in warnings(standing)]
    return Production(
        headline=headline(found, standing),
        stages=_stages(standing),
        notes=notes,
        arms=[_arm(arm) for arm in standing.arms],
        next=next_words(standing),
        picture=shares_picture(allocations, arms, now) if allocations else None,
    )


def _stages(standing: Standing) -> list[tuple[str, bool]]:
    if len(standing.arms) == 1:
        return []
    return [(percent(most), at == standing.stage) for at, most in enumerate(standing.stages)]


def _arm(arm: ArmStanding) -> ArmRow:
    told, reward = arm.reports, arm.reward
    return ArmRow(
        name=arm.name,
        status=arm.status,
        why=line(arm.why, 400),
        share=percent(arm.share),
        reported=f"{told.reported:,} of {told.chosen:,}" if told.chosen else "-",
        n=f"{arm.n:,}",
        reward="-" if reward is None else interval(reward),
        whisker=Axis(0.0, 1.0).whisker(reward.mean, reward.low, reward.high) if reward else None,
        fine=_meter(arm.fine),
        worse=_meter(arm.worse),
    )


def _meter(evidence: Evidence | None) -> Meter | None:
    if evidence is None:
        return None
    share = 0.0
    if evidence.wealth > 1 and evidence.needed > 1:
        share = min(1.0, math.log(evidence.wealth) / math.log(evidence.needed))
    told = f"{evidence.wealth:.3g} of {evidence.needed:.3g}"
    return Meter(f"{told} ({evidence.name})", round(100 * share, 1))
