"""``promptevo restart``: a rollout begins anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.commands import options

if TYPE_CHECKING:
    import argparse


def add_parser(commands: options.Commands) -> None:
    """Adds the command."""
    parser = options.add_command(
        commands,
        "restart",
        "begin a rollout anew, at the first stage",
        "Begins the rollout of a suite anew: all candidates of the lock are back, at the first "
        "stage, and what was reported so far is no evidence any more (it stays in the log). A "
        "rollout that was rolled back stays so for its lock unless it is restarted; a lock with "
        "other genomes begins by itself.",
        "  promptevo restart order-number",
    )
    parser.add_argument("suites", metavar="SUITE", nargs="+", help="names of suites")
    options.add_arms(parser)
    options.add_place(parser)
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Restarts, and says what holds now."""
    from pytest_promptevo.state.restarting import restart

    lineups = [options.arms_of(told, suite).lineup for suite in options.suites_of(told)]
    with options.opened(options.place_of(told), is_made=True) as state:
        for lineup in lineups:
            was_there = restart(state, lineup)
            what = "begun anew" if was_there else "begun; there was none of these genomes before"
            options.say(f"{lineup.suite}: the rollout has {what}")
    return 0
