"""Options that commands share, and what they stand for: a lock, a store, suites."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import SettingsError, StateError, did_you_mean, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_promptevo.runtime.arms import Arms
    from pytest_promptevo.state.opening import Place
    from pytest_promptevo.state.sql_state import SqlState

Commands = Any
"""What `argparse.ArgumentParser.add_subparsers` returns; its type has no public name."""

PATIENCE = 10.0
"""Seconds that a command waits for other writers, or for the server."""

LOCK = "promptevo.lock"

_WIDTH = 79


def add_command(
    commands: Commands, name: str, help_text: str, description: str, example: str
) -> argparse.ArgumentParser:
    """Adds a command whose help ends with an example."""
    made: argparse.ArgumentParser = commands.add_parser(
        name,
        help=help_text,
        description=fill(description, _WIDTH),
        epilog=f"example:\n{example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return made


def add_place(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say which lock and which store.

    They have no defaults in the parser, so that they may stand before or after a subcommand.
    """
    parser.add_argument(
        "--lock",
        metavar="FILE",
        default=argparse.SUPPRESS,
        help=f"the lock that the application serves ({LOCK})",
    )
    parser.add_argument(
        "--state",
        metavar="PLACE",
        default=argparse.SUPPRESS,
        help="the store, as live(state=...) has it: a SQLite file or postgresql://... (the "
        "environment variable PROMPTEVO_STATE, or else .promptevo/live.sqlite beside the lock). "
        "Put an address with a password into the variable: others see command lines",
    )


def add_models(parser: argparse.ArgumentParser) -> None:
    """Adds the option that says which models an application gives to `live`."""
    parser.add_argument(
        "--model",
        metavar="ROLE=MODEL",
        action="append",
        default=[],
        help="what the application gives as live(models=...)",
    )


def add_arms(parser: argparse.ArgumentParser) -> None:
    """Adds the options that decide which genomes an application serves."""
    add_models(parser)
    parser.add_argument(
        "--root",
        metavar="FOLDER",
        help="where the module of a suite's target is (the folder of the lock)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Adds the option for programs that read the output."""
    parser.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="write JSON, for programs"
    )


def add_reason(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say who does something, and why; `promptevo status` shows both."""
    parser.add_argument("--why", metavar="TEXT", default="", help="a reason, shown by status")
    parser.add_argument("--who", metavar="NAME", default=None, help="who it is (the user's name)")


def lock_of(told: argparse.Namespace) -> Path:
    """Returns the path of the lock."""
    return Path(getattr(told, "lock", LOCK))


def place_of(told: argparse.Namespace) -> Place:
    """Returns the place of the store.

    Raises:
        SettingsError: if what is given is none.
    """
    from pytest_promptevo.state.opening import Place

    state = getattr(told, "state", None)
    if state is not None and not state.strip():
        raise SettingsError("--state is empty")
    return Place.of(state, lock_of(told))


def names_state(told: argparse.Namespace) -> bool:
    """Whether somebody says where the store is, so that it does not follow from the lock."""
    from pytest_promptevo.state.opening import STATE_VARIABLE

    return hasattr(told, "state") or bool(os.environ.get(STATE_VARIABLE))


def is_missing(place: Place) -> bool:
    """Whether the store is a file that is not there."""
    return isinstance(place.address, Path) and not place.address.exists()


def is_json(told: argparse.Namespace) -> bool:
    """Whether a program reads the output."""
    return bool(getattr(told, "json", False))


def who_of(told: argparse.Namespace) -> str:
    """Returns who gives the command."""
    if told.who is not None:
        return str(told.who)
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in some containers
        return f"user {os.getuid()}" if hasattr(os, "getuid") else ""


@contextmanager
def opened(place: Place, *, is_made: bool) -> Iterator[SqlState]:
    """Lends the store.

    Args:
        place: Where it is.
        is_made: Whether a SQLite file is made that is missing.

    Raises:
        StateError: if it cannot be used, or is missing and not to be made.
    """
    if not is_made and is_missing(place):
        raise StateError(
            f"there is no store at {place.address}: no process has served traffic with it yet, "
            "or live(state=...) has another (--state says which)"
        )
    state = place.open(PATIENCE)
    try:
        state.prepare()
        yield state
    finally:
        state.close()


def suites_of(told: argparse.Namespace) -> list[str]:
    """Returns the suites that are meant: those given, or all of the lock.

    Raises:
        LockError: if the lock cannot be used.
        SettingsError: for a suite that the lock does not have.
    """
    from pytest_promptevo.errors import LockError
    from pytest_promptevo.lock import read_lock

    path = lock_of(told)
    if not path.exists():
        raise LockError("no such lock", path=path, hint="--lock says where it is")
    entries = read_lock(path).entries
    if not told.suites and not entries:
        raise LockError("it has no suite", path=path)
    for suite in told.suites:
        if suite not in entries:
            near = did_you_mean(suite, entries)
            raise SettingsError(f"{path} has no suite {suite!r}: {near}")
    return list(dict.fromkeys(told.suites)) or sorted(entries)


def arms_of(told: argparse.Namespace, suite: str) -> Arms:
    """Returns the arms of a suite, as an application has them.

    Raises:
        LockError: if the lock has no such suite, or a genome that cannot be asked.
        SettingsError: for a wrong ``--model``.
    """
    from pytest_promptevo.runtime.arms import read_arms

    path = lock_of(told)
    root = path.absolute().parent if told.root is None else told.root
    return read_arms(path, suite, _models(told.model), None, root)


def names_of(arms: Arms) -> dict[str, str]:
    """Returns what the arms are called: arm to ``genome`` or ``candidate-1``."""
    return {arm: each.name for arm, each in arms.by_id.items()}


def say(text: str) -> None:
    """Writes a text, which may hold what others wrote, to the output."""
    print(printable(text))


def warn(text: str) -> None:
    """Writes a warning, which may hold what others wrote, where programs do not read."""
    print(f"promptevo: warning: {printable(text)}", file=sys.stderr)


def complain(text: str) -> None:
    """Writes an error, which may hold what others wrote, where programs do not read."""
    print(f"promptevo: error: {printable(text)}", file=sys.stderr)


def _models(given: list[str]) -> Mapping[str, str]:
    models = {}
    for each in given:
        role, equals, reference = each.partition("=")
        if not equals or not role or not reference:
            raise SettingsError(f"--model must look like ROLE=MODEL, not {each!r}")
        models[role] = reference
    return models
