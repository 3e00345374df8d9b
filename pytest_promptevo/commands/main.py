"""The console script: which command, and what a failure of it looks like."""

from __future__ import annotations

import argparse
import os
import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

from pytest_promptevo import __version__
from pytest_promptevo.commands import (
    diff,
    init,
    merge,
    nightly,
    queue,
    report,
    restart,
    schema,
    status,
    switches,
    take_over,
    tick,
)
from pytest_promptevo.errors import PromptEvoError, SettingsError, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = (
    init,
    take_over,
    status,
    switches,
    restart,
    tick,
    queue,
    nightly,
    diff,
    merge,
    report,
    schema,
)
"""Modules of commands, in the order of the help: ``add_parser(commands)`` of each adds a parser
(or several) whose default ``run`` takes the arguments and returns the exit code."""

DONE, FAILED, WRONG = 0, 1, 2
"""Exit codes: WRONG is a mistake on the command line, FAILED anything that came after."""

_INTERRUPTED = 130

_EPILOG = """\
exit codes:
  0  done
  1  it could not be done: the message says what is wrong with the lock or the store
  2  the command line is wrong

Run the commands as the user that the application runs as: files that they make must be its own.
promptevo COMMAND --help has an example of each.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command and returns the exit code.

    Args:
        arguments: What follows the name of the script; those of the process if None.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that cannot show a letter is no reason
            stream.reconfigure(errors="backslashreplace")
    told = parser().parse_args(arguments)
    try:
        code: int = told.run(told)
        sys.stdout.flush()
    except PromptEvoError as exc:
        print(f"promptevo: error: {exc}", file=sys.stderr)
        return WRONG if isinstance(exc, SettingsError) else FAILED
    except BrokenPipeError:  # nobody reads on: `promptevo status | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as exc:
        what = printable(f"{exc.strerror or exc}{f': {exc.filename}' if exc.filename else ''}")
        print(f"promptevo: error: {what}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return _INTERRUPTED
    return code


def parser() -> argparse.ArgumentParser:
    """Returns the parser of the whole command line."""
    made = argparse.ArgumentParser(
        prog="promptevo",
        description="Locked genomes: what a change does to them, and how they share an "
        "application's traffic.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"promptevo {__version__}")
    commands = made.add_subparsers(metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add_parser(commands)
    return made
