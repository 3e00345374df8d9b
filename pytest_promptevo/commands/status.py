"""``promptevo status``: how rollouts stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_promptevo.commands import options

if TYPE_CHECKING:
    import argparse

    from pytest_promptevo.reports.rollout_model import Standing
    from pytest_promptevo.state.overview import Overview

_COLUMNS = """\
columns:
  share     of the traffic
  reported  outcomes that were reported, of choices
  n         outcomes that are evidence: the first of each user and allocation
  fine      evidence that it is not worse by the margin; with enough the next stage begins
  worse     the evidence nearest to dropping it, and of what: its reward, or that more of its
            answers are invalid, slow, or dear in tokens
"""


def add_parser(commands: options.Commands) -> None:
    """Adds the command."""
    parser = options.add_command(
        commands,
        "status",
        "how the rollouts of a lock stand",
        "Shows for each suite its stage, the share of each genome, what was reported of it, the "
        "evidence, why the last change was made, and about how many more requests the next one "
        "takes. Nothing is changed.",
        f"  promptevo status order-number\n  promptevo status --json\n\n{_COLUMNS}",
    )
    parser.add_argument("suites", metavar="SUITE", nargs="*", help="names of suites (all)")
    options.add_json(parser)
    options.add_arms(parser)
    options.add_place(parser)
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Shows how rollouts stand."""
    from pytest_promptevo.reports.rollout_model import standing_of
    from pytest_promptevo.reports.rollout_text import status_text
    from pytest_promptevo.state.overview import read_overview

    all_arms = [options.arms_of(told, suite) for suite in options.suites_of(told)]
    written: list[Any] = []
    place = options.place_of(told)
    for spool in place.other_spools():
        options.warn(f"outcomes wait in {spool} for a store that is not this one (--state)")
    with options.opened(place, is_made=False) as state:
        for arms in all_arms:
            found = read_overview(state, arms.lineup)
            standing = standing_of(arms.lineup, found, options.names_of(arms))
            if options.is_json(told):
                written.append(_plain(arms.lineup.suite, found, standing))
            else:
                written.append(status_text(arms.lineup.suite, found, standing))
    if options.is_json(told):
        print(json.dumps(written, indent=2))
    else:
        options.say("\n\n".join(written))
    return 0


def _plain(suite: str, found: Overview, standing: Standing | None) -> dict[str, Any]:
    from dataclasses import asdict

    plain: dict[str, Any] = {
        "suite": suite,
        "mode": found.mode,
        "switches": [asdict(switch) for switch in found.switches],
        "rollout": None,
    }
    if standing is not None:
        rollout = asdict(standing)
        rollout["stage"] += 1  # as people count; 0: rolled back
        for arm, shown in zip(standing.arms, rollout["arms"], strict=True):
            told = shown.pop("reports")
            shown |= {**told, "report_share": arm.reports.share}
        plain["rollout"] = rollout
    return plain
