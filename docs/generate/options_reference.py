"""The references of options, settings and commands, made of the parsers that read them."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Any
from unittest import mock

from pytest_promptevo.commands.main import parser as commands_parser
from pytest_promptevo.plugin.options import add_options

if TYPE_CHECKING:
    from collections.abc import Mapping

_WIDTH = "88"
"""Letters in a line of a command's help."""

BAR = r"\|"
"""A bar that ends no cell; one in code does not either."""


class Declared:
    """Stands in for pytest's parser and its group, and keeps what is declared.

    Attributes:
        options: Name of each option to what was said of it.
        settings: Name of each ini setting to its help.
    """

    def __init__(self) -> None:
        self.options: dict[str, Mapping[str, Any]] = {}
        self.settings: dict[str, str] = {}
        add_options(self)

    def getgroup(self, *_: str) -> Declared:
        """Returns itself: there is one group."""
        return self

    def addoption(self, name: str, **said: Any) -> None:
        """Keeps an option."""
        self.options[name] = said

    def addini(self, name: str, text: str, *_: Any, **__: Any) -> None:
        """Keeps an ini setting."""
        self.settings[name] = text


def options_reference() -> str:
    """Returns a table of pytest's options that the plugin adds."""
    rows = [
        (f"`{_written(name, said)}`", said["help"]) for name, said in Declared().options.items()
    ]
    return _table("option", rows)


def settings_reference() -> str:
    """Returns a table of the ini settings that the plugin adds."""
    return _table("setting", [(f"`{name}`", text) for name, text in Declared().settings.items()])


def commands_reference() -> str:
    """Returns the help of each command of the console script."""
    with mock.patch.dict(os.environ, COLUMNS=_WIDTH, NO_COLOR="1"):
        return "\n".join(
            f"### promptevo {name} {{ #promptevo-{name} }}\n\n```text\n{each.format_help()}```\n"
            for name, each in command_parsers().items()
        )


def command_parsers() -> Mapping[str, argparse.ArgumentParser]:
    """Returns the parser of each command by its name."""
    (subparsers,) = (
        action
        for action in commands_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    found: Mapping[str, argparse.ArgumentParser] = subparsers.choices
    return found


def _written(name: str, said: Mapping[str, Any]) -> str:
    metavar = said.get("metavar")
    if not metavar:
        return name
    return f"{name}[={metavar}]" if said.get("nargs") == "?" else f"{name}={metavar}"


def _table(what: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"| {what} | meaning |", "| --- | --- |"]
    lines += [f"| {name} | {meaning.replace('|', BAR)} |" for name, meaning in rows]
    return "\n".join(lines)
