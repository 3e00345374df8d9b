"""``promptevo schema``: the JSON Schema of suite files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.commands.options import Commands, add_command

if TYPE_CHECKING:
    import argparse


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "schema",
        "write the JSON Schema of suite files",
        "Writes the JSON Schema of *.promptevo.yaml, by which editors complete and check them. A "
        "suite names it in its first line: # yaml-language-server: $schema=suite.schema.json",
        "  promptevo schema > suite.schema.json",
    )
    parser.set_defaults(run=run)


def run(_told: argparse.Namespace) -> int:
    """Writes the schema."""
    from pytest_promptevo.suite.published_schema import suite_schema_text

    print(suite_schema_text(), end="")
    return 0
