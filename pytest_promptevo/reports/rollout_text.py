"""How a rollout stands, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted, one_line
from pytest_promptevo.base.times import when
from pytest_promptevo.reports.tables import narrow
from pytest_promptevo.reports.words import interval, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.reports.rollout_model import ArmStanding, Evidence, Standing
    from pytest_promptevo.state.overview import Overview
    from pytest_promptevo.state.switched import Switch

_HEAD = ["genome", "share", "reported", "n", "reward [95 % CI]", "fine", "worse", "status"]


def status_text(suite: str, found: Overview, standing: Standing | None) -> str:
    """Returns the paragraph of a suite."""
    lines = [f"{suite}: {headline(found, standing)}"]
    lines += [switched(switch) for switch in found.switches if switch.mode != "on"]
    if standing is None:
        if found.others:
            others = counted(found.others, "rollout")
            lines.append(
                f"the store has {others} of other genomes of it: of another lock, "
                "or served with other models (--model)"
            )
        return "\n".join(lines)
    lines.append(f"since {when(standing.since)}: {one_line(standing.why)}")
    lines.append(narrow([_HEAD, *(_row(arm) for arm in standing.arms)]))
    lines += [
        f"{arm.name} is {arm.status}: {one_line(arm.why)}" for arm in standing.arms if arm.why
    ]
    lines += warnings(standing)
    lines.append(next_words(standing))
    return "\n".join(lines)


def headline(found: Overview, standing: Standing | None) -> str:
    """Returns which stage a rollout is in, and whether it is switched off or paused."""
    if standing is None:
        what = "the locked genome answers everybody: no rollout of this lock has begun"
    elif standing.stage < 0:
        what = "rolled back: the locked genome answers everybody"
    elif len(standing.arms) == 1:
        what = "the locked genome answers everybody: the lock has no candidates"
    else:
        what = (
            f"stage {standing.stage + 1} of {len(standing.stages)}, "
            f"candidates get up to {percent(standing.stages[standing.stage])}"
        )
    return f"OFF ({what})" if found.mode == "off" else f"{what}; {found.mode}"


def switched(switch: Switch) -> str:
    """Returns what was switched, since when, by whom and why."""
    of = f"{switch.suite}" if switch.suite else "all suites"
    who = f" by {one_line(switch.who)}" if switch.who else ""
    why = f": {one_line(switch.why)}" if switch.why else ""
    return f"{one_line(of)}: {one_line(switch.mode)} since {when(switch.at)}{who}{why}"


def _row(arm: ArmStanding) -> list[str]:
    told = arm.reports
    reported = f"{told.reported}/{told.chosen}" if told.chosen else "-"
    return [
        arm.name,
        percent(arm.share),
        reported,
        str(arm.n),
        "-" if arm.reward is None else interval(arm.reward),
        _evidence(arm.fine),
        _evidence(arm.worse, with_name=True),
        "" if arm.status == "live" else arm.status,
    ]


def _evidence(evidence: Evidence | None, *, with_name: bool = False) -> str:
    if evidence is None:
        return ""
    name = f" ({evidence.name})" if with_name else ""
    return f"{evidence.wealth:.3g} of {evidence.needed:.3g}{name}"


def warnings(standing: Standing) -> Iterator[str]:
    """Yields what keeps a rollout's evidence from telling much."""
    for arm in standing.arms:
        if arm.is_missing:
            control = standing.arms[0].reports
            yield (
                f"warning: {percent(arm.reports.share)} of {arm.name} and "
                f"{percent(control.share)} of the locked genome is reported: what is missing may "
                f"decide, so that nothing is concluded about {arm.name} until both are alike"
            )
    if standing.pending:
        pending = counted(standing.pending, "outcome")
        yield f"not taken into account yet: {pending} (promptevo tick)"
    fresh = sum(arm.n for arm in standing.arms)
    if standing.again > fresh:
        yield (
            f"warning: {standing.again} outcomes are of users that had counted already, {fresh} "
            "of new ones: so few users (`unit`) tell little, neither that a candidate is fine nor "
            "that it is worse"
        )


def next_words(standing: Standing) -> str:
    """Returns what comes next, and about when."""
    found = standing.outlook
    name = {arm.arm: arm.name for arm in standing.arms}.get(found.arm, "")
    if found.next == "over":
        return (
            "next: a lock with other candidates begins by itself, promptevo restart tries these"
            if len(standing.arms) > 1
            else "next: pytest --evolve finds candidates"
        )
    if found.next == "last":
        return "next: nothing, this is the last stage; shares follow the rewards"
    if found.next == "unclear" or found.requests is None:
        return f"next: the figures of {name} do not tell yet"
    what = "the next stage" if found.next == "stage" else f"{name} is dropped"
    more = counted(found.requests, "more request")
    return f"next: about {more} until {what}, if all goes on like this"
