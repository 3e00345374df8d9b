"""``promptevo off``, ``on`` and ``pause``: the switch that every process looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.commands import options
from pytest_promptevo.errors import LockError, SettingsError

if TYPE_CHECKING:
    import argparse

    from pytest_promptevo.state.records import Mode

_ALL = "all suites"
_MEANING: dict[Mode, str] = {
    "off": "the locked genome answers everybody, in every process within two seconds",
    "on": "shares are in force and follow what is reported",
    "paused": "shares stay as they are; outcomes are kept and count later",
}


def add_parser(commands: options.Commands) -> None:
    """Adds the three commands."""
    off = options.add_command(
        commands,
        "off",
        "kill switch: the locked genome answers everybody",
        "Kill switch: the locked genome answers everybody, in every process within two seconds, "
        "until `promptevo on`. Outcomes are still kept. A single process is switched off by the "
        "environment variable PROMPTEVO_LIVE=off, which needs no store.",
        '  promptevo off order-number --why "complaints since ten o\'clock"\n  promptevo off --all',
    )
    on = options.add_command(
        commands,
        "on",
        "turn a suite on again, after off or pause",
        "Turns a suite on again, after `off` or `pause`: shares are in force and follow what is "
        "reported. A suite stays off while all are.",
        "  promptevo on order-number",
    )
    pause = options.add_command(
        commands,
        "pause",
        "leave the shares as they are",
        "Leaves shares and stage as they are until `promptevo on`. Outcomes are kept and count "
        "then. No candidate is dropped meanwhile.",
        '  promptevo pause order-number --why "a sale distorts everything until Monday"',
    )
    modes: tuple[tuple[argparse.ArgumentParser, Mode], ...] = (
        (off, "off"),
        (on, "on"),
        (pause, "paused"),
    )
    for parser, mode in modes:
        parser.add_argument("suites", metavar="SUITE", nargs="*", help="names of suites")
        parser.add_argument("--all", action="store_true", help="the switch of all suites")
        options.add_reason(parser)
        options.add_place(parser)
        parser.set_defaults(run=run, mode=mode)


def run(told: argparse.Namespace) -> int:
    """Switches, and says what holds now."""
    from pytest_promptevo.state.records import LARGEST_TEXT, storable

    if bool(told.suites) == told.all:
        raise SettingsError("name suites, or give --all")
    suites = _all(told) if told.all else _known(told)
    # A terminal of another encoding must keep nobody from switching off.
    who, why = (storable(text)[:LARGEST_TEXT] for text in (options.who_of(told), told.why))
    place = options.place_of(told)
    is_new = options.is_missing(place)
    if is_new:
        options.warn(
            f"there was no store at {place.address}, a new one is made: does the application "
            "have another (--state)?"
        )
    with options.opened(place, is_made=True) as state:
        for suite in suites:
            state.switch(suite, told.mode, who, why)
        for suite in suites:
            options.say(f"{suite or _ALL}: {told.mode}: {_MEANING[told.mode]}")
            if suite and state.standing(suite, "").mode != told.mode:
                options.say(f"{suite}: it is {told.mode}, but all suites are not: see --all")
    # Nobody serves with a store that is not there: what shall stop may go on elsewhere.
    return 1 if is_new and told.mode != "on" else 0


def _all(told: argparse.Namespace) -> list[str]:
    """Returns the switch of all suites.

    Raises:
        LockError: if nobody knows which store is meant.
    """
    from pytest_promptevo.state.records import ALL_SUITES

    path = options.lock_of(told)
    if not path.exists() and not options.names_state(told):
        raise LockError("no such lock", path=path, hint="--lock says where it is")
    return [ALL_SUITES]


def _known(told: argparse.Namespace) -> list[str]:
    """Returns the suites; a lock that cannot be read must not keep anybody from switching off."""
    try:
        return options.suites_of(told)
    except LockError as exc:
        if not options.lock_of(told).exists() and not options.names_state(told):
            raise  # nobody knows which store is meant
        options.warn(f"names of suites are not checked: {exc}")
        return list(dict.fromkeys(told.suites))
