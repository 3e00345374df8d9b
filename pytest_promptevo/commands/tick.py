"""``promptevo tick``: rollouts are moved on by what was reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted
from pytest_promptevo.commands import options

if TYPE_CHECKING:
    import argparse


def add_parser(commands: options.Commands) -> None:
    """Adds the command."""
    parser = options.add_command(
        commands,
        "tick",
        "take new outcomes into account now",
        "Takes new outcomes into account: evidence, stage and shares. Every process that serves "
        "does so every ten seconds; this is for jobs, and where processes are too short-lived. "
        "Outcomes that wait in the spool beside the store are moved into it first.",
        "  promptevo tick\n  */5 * * * * cd /srv/desk && promptevo tick   # in a crontab",
    )
    parser.add_argument("suites", metavar="SUITE", nargs="*", help="names of suites (all)")
    options.add_arms(parser)
    options.add_place(parser)
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Moves rollouts on, and says by how many outcomes."""
    from pytest_promptevo.state.controller import tick

    lineups = [options.arms_of(told, suite).lineup for suite in options.suites_of(told)]
    place = options.place_of(told)
    with options.opened(place, is_made=True) as state:
        spool = place.spool_of(options.PATIENCE)
        if spool.has_any:
            options.say(f"{counted(spool.drain(state), 'outcome')} moved from {spool.path}")
        for lineup in lineups:
            taken = tick(state, lineup)
            paused = " (paused)" if state.is_paused(lineup.suite) else ""
            options.say(f"{lineup.suite}: {counted(taken, 'new outcome')}{paused}")
    return 0
