"""``promptevo import``: golden examples and a suite from the data of other tools."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.commands.options import Commands, add_command, say
from pytest_promptevo.errors import SettingsError, printable

if TYPE_CHECKING:
    import argparse


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "import",
        "golden examples from promptfoo, DeepEval, LangSmith, Hugging Face",
        "Writes golden/NAME.jsonl and NAME.promptevo.yaml from a promptfoo configuration, goldens "
        "of DeepEval (JSON), examples of LangSmith, or records of a Hugging Face data set (JSON "
        "lines). Nothing of it is run. What cannot be taken over is an error that names it; no "
        "file is overwritten.",
        "  promptevo import promptfooconfig.yaml support --model ollama:llama3.1:8b",
    )
    parser.add_argument("file", help="what to read: .yaml, .json or .jsonl")
    parser.add_argument("name", nargs="?", help="name of the suite (that of the file)")
    parser.add_argument("--skip", action="store_true", help="leave out what cannot be taken over")
    parser.add_argument("--model", metavar="MODEL", help="the suite's model (the embedded one)")
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Writes the two files."""
    from pytest_promptevo.base.text import counted, one_line
    from pytest_promptevo.commands.importing.reading import golden_text, not_taken, read, suite_of
    from pytest_promptevo.commands.starting import DEFAULT_MODEL, New, check_model, write_new
    from pytest_promptevo.suite.file_schema import NAME

    model = told.model or DEFAULT_MODEL
    check_model(model)
    path = Path(told.file)
    name = told.name or re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem).strip("-.")
    if not re.fullmatch(NAME.removesuffix("$"), name):
        raise SettingsError(f"{printable(name)!r} cannot be the name of a suite: give another")
    made = read(path, skips=told.skip)
    golden = Path("golden") / f"{name}.jsonl"
    examples = counted(len(made.rows), "golden example")
    suite = New(
        Path(f"{name}.promptevo.yaml"), suite_of(made, path, golden.as_posix(), model), "the suite"
    )
    hint = f"give another name: promptevo import {shlex.quote(told.file)} NAME"
    files = [New(golden, golden_text(made), examples), suite]
    write_new(files, hint)
    say(f"{golden}: {examples} from {made.kind}")
    say(f"{suite.path}: {suite.what}, a draft: write your prompt, model and scorers into it")
    for line, why in made.lost:
        say(f"left out, line {line}: {one_line(why)}")
    for line, why in not_taken(made):
        say(f"not taken over, line {line}: {one_line(why)}")
    return 0
