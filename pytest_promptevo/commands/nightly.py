"""``promptevo nightly``: failures become golden examples, and a search proposes candidates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.commands import options

if TYPE_CHECKING:
    import argparse


def add_parser(commands: options.Commands) -> None:
    """Adds the command."""
    parser = options.add_command(
        commands,
        "nightly",
        "propose golden examples and candidates, for a pull request",
        "Settles rollouts that are over, makes golden examples of failures that have an expected "
        "answer (promptevo queue), searches from the locked genome and proposes up to three "
        "candidates. It writes lock, recordings and golden examples, all or none of a suite, and "
        "a report; it pushes nothing. One that was killed goes on where it was, and pays for no "
        "answer twice. Suites whose scorers a conftest.py offers are left to pytest.",
        '  promptevo nightly --budget "900 30m"\n'
        "  gh pr create --title 'Prompts of the night' --body-file .promptevo/night/report.md",
    )
    parser.add_argument("suites", metavar="SUITE", nargs="*", help="names of suites (all)")
    parser.add_argument(
        "--budget",
        metavar="BOUNDS",
        default="",
        help="calls and minutes of all suites together: '900', '30m', '900 30m' (none: 40 calls "
        "for each example that a search sees)",
    )
    parser.add_argument(
        "--keep",
        metavar="SHARE",
        type=float,
        default=0.5,
        help="which part of the children the reward model keeps, by rank (0.5)",
    )
    parser.add_argument(
        "--above",
        metavar="REWARD",
        type=float,
        help="keep the children that it expects more of than this instead, such as 0.8",
    )
    parser.add_argument(
        "--report", metavar="FILE", help="where the report goes (.promptevo/night/report.md)"
    )
    parser.add_argument(
        "--night",
        metavar="NUMBER",
        type=int,
        help="number of the night, the seed of its searches (days since 1970, and one more each "
        "time)",
    )
    parser.add_argument(
        "--root",
        metavar="FOLDER",
        help="the project's folder, where pytest runs (the folder of the lock)",
    )
    options.add_place(parser)
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Does the night and shows its report."""
    from pytest_promptevo.night.night import Orders, work
    from pytest_promptevo.night.reward_model import Keep
    from pytest_promptevo.project.settings import read_budget

    orders = Orders(
        options.lock_of(told),
        options.place_of(told),
        read_budget(told.budget),
        told.suites,
        Keep(told.keep, told.above),
        Path(told.report) if told.report else None,
        told.night,
        Path(told.root) if told.root else None,
    )
    done = work(orders, _Lines())
    options.say(done.text)
    options.say(f"report: {done.report}")
    return 1 if done.failed else 0


class _Lines:
    """Tells what stays, and no states in between: nobody watches at night."""

    def show(self, text: str, share: float = 0.0) -> None:
        """Drops a state."""

    def say(self, text: str) -> None:
        """Prints a line."""
        options.say(text)
