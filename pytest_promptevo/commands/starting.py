"""The files of a first suite, as ``promptevo init`` writes them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.base.text import few_of, shown
from pytest_promptevo.base.text_files import NO_PATH, atomic_write, remove
from pytest_promptevo.errors import PromptEvoError, SettingsError, printable
from pytest_promptevo.providers import check_reference
from pytest_promptevo.suite import read_suite
from pytest_promptevo.suite.files import Disk
from pytest_promptevo.suite.naming import ENDINGS
from pytest_promptevo.suite.published_schema import SCHEMA_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.errors import InputError

DEFAULT_MODEL = "embedded:smollm2-135m-instruct"
"""The model whose recorded answers the suite comes with."""

_STARTER = Path(__file__).with_name("starter")
_FILES = (
    ("city.promptevo.yaml", "suite.yaml", "the suite: a prompt, what may vary, its gate"),
    ("golden/city.jsonl", "golden.jsonl", "24 golden examples"),
    ("golden/city_shots.jsonl", "shots.jsonl", "few-shot examples to choose from"),
    ("conftest.py", "scorers.txt", "a scorer: what a right answer is"),
)
_RECORDED = (
    ("promptevo.lock", "lock.yaml", "the locked prompt with its figures"),
    ("promptevo_recordings/city.jsonl", "recordings.jsonl", "the model's answers"),
)
_CONFIGURED = (
    "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini",
    "pyproject.toml", "tox.ini", "setup.cfg", "setup.py",
)  # fmt: skip
"""Files by which pytest finds the root of a project."""

_MOST_NAMED = 8
_LONGEST = 4_000
_QUIET = ("-q", "-p", "no:cacheprovider", "-o", "addopts=")


class New(NamedTuple):
    """A file that is to be written.

    Attributes:
        path: Where.
        text: Its content.
        what: What it is, in a few words.
    """

    path: Path
    text: str
    what: str


def check_model(model: str) -> None:
    """Refuses a reference that no suite can hold.

    Raises:
        SettingsError: saying why.
    """
    check_reference(model)
    if printable(model) != model or "\n" in model:
        raise SettingsError("a model's name has visible characters alone")


def check_folder(folder: Path) -> None:
    """Refuses a folder that pytest cannot be told of by its name.

    Raises:
        SettingsError: saying why.
    """
    name = str(folder)
    if name.startswith(("-", "@")) or "::" in name or "[" in name:
        raise SettingsError(
            f"pytest takes {shown(name)} for no folder: "
            "give one without '::' and '[' that starts with neither '-' nor '@'"
        )
    try:
        folder.resolve()
    except NO_PATH:
        raise SettingsError(
            f"{printable(name)} is a link that leads to itself: name another folder"
        ) from None


def first_suite(folder: Path, model: str) -> list[New]:
    """Returns the files of a first suite; a workflow of their name that is there stays.

    Args:
        folder: Where it shall stand.
        model: Reference of its model; answers of the default one come with it.
    """
    made = [New(folder / name, _text(source), what) for name, source, what in _files(model)]
    suite = made[0]
    made[0] = suite._replace(text=_with_model(suite.text, model))
    schema = SCHEMA_FILE.read_text("utf-8")
    made.append(New(folder / SCHEMA_FILE.name, schema, "what editors check suites by"))
    top = Path() if folder.resolve().is_relative_to(Path.cwd().resolve()) else folder
    if not any((above / name).exists() for above in _with_parents(top) for name in _CONFIGURED):
        made.append(New(top / "pytest.ini", _text("pytest.ini"), "settings of pytest"))
    workflow = _workflow(folder)
    return made if os.path.lexists(workflow.path) else [*made, workflow]


def write_new(files: list[New], hint: str) -> None:
    """Writes files that are not there yet: all of them, or none.

    Args:
        files: The files.
        hint: What to do if one of them is there.

    Raises:
        SettingsError: naming the files that are there, or lie in a link out of their folder;
            or with what is wrong with the suite among them.
        OSError: if one cannot be written.
    """
    there = [str(each.path) for each in files if os.path.lexists(each.path)]
    if there:
        raise SettingsError(
            f"nothing was written, for these files are there: {few_of(there, _MOST_NAMED)}: {hint}"
        )
    for each in files:
        _check_folder(each.path)
        _check_text(each)
    _check_suite(files)
    with ExitStack() as undo:
        for each in files:
            for folder in reversed(each.path.parents):
                if not folder.exists():
                    undo.callback(_remove_empty, folder)
            undo.callback(remove, each.path)
            atomic_write(each.path, each.text)
        undo.pop_all()


def _check_suite(files: list[New]) -> None:
    """Reads the suite that is to be written, and checks that it will load."""
    suite = next(each for each in files if each.path.name.endswith(ENDINGS))
    here, folder = Path.cwd(), suite.path.parent
    root = here if folder.resolve().is_relative_to(here.resolve()) else folder
    try:
        read_suite(suite.path, root, _Planned(files))
    except PromptEvoError as exc:
        raise SettingsError(f"nothing was written, for the suite would not load: {exc}") from None


class _Planned(Disk):
    """Files that are to be written, and those of the disk."""

    def __init__(self, files: list[New]) -> None:
        self._texts = {each.path.resolve(): each.text for each in files}

    def is_file(self, path: Path) -> bool:
        """Whether there will be such a file."""
        return path.resolve() in self._texts or super().is_file(path)

    def text(self, path: Path, error: type[InputError], /) -> str:
        """Returns what the text of a file will be."""
        planned = self._texts.get(path.resolve())
        return super().text(path, error) if planned is None else planned


def lock_first_suite(folder: Path) -> None:
    """Lets pytest write the lock anew, as it finds the project, and so tests what was written.

    The lock knows the scorer's file by its path from pytest's root, which pytest alone knows.

    Raises:
        PromptEvoError: with what pytest says, if the suite does not pass.
    """
    command = [sys.executable, "-m", "pytest", str(folder), *_QUIET]
    command += ["--promptevo-update-lock", "--promptevo-record=none"]
    environment = {
        name: value for name, value in os.environ.items() if name not in ("CI", "PYTEST_ADDOPTS")
    }
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        told = (done.stdout + done.stderr)[-_LONGEST:].strip() or "(it says nothing)"
        again = f"pytest {shlex.quote(str(folder))} --promptevo-update-lock"
        raise PromptEvoError(
            f"the files are written, but pytest does not pass here (exit code {done.returncode}):"
            f"\n{told}\nmend that, and let pytest write the lock: {again}"
        )


def _files(model: str) -> Iterator[tuple[str, str, str]]:
    yield from _FILES
    if model == DEFAULT_MODEL:
        yield from _RECORDED


def _text(source: str) -> str:
    return (_STARTER / source).read_text("utf-8")


def _with_model(text: str, model: str) -> str:
    text = text.replace("MODEL", json.dumps(model), 1)
    if model == DEFAULT_MODEL:
        return text
    return f"{text}draft: true # until pytest --promptevo-update-lock accepts the answers\n"


def _workflow(folder: Path) -> New:
    work_trees = (each for each in _with_parents(folder) if (each / ".git").exists())
    root = next(work_trees, Path.cwd())
    where = os.path.relpath(folder.resolve(), root.resolve()).replace(os.sep, "/")
    text = _text("workflow.yaml").replace(
        " FOLDER", "" if where == "." else f" {shlex.quote(where)}"
    )
    path = Path(os.path.relpath(root)) / ".github" / "workflows" / "promptevo.yml"
    return New(path, text, "runs the tests on GitHub")


def _with_parents(folder: Path) -> list[Path]:
    folder = folder.absolute()
    return [folder, *folder.parents]


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def _check_text(new: New) -> None:
    """Refuses a file that would hold the name of a folder that is no text."""
    try:
        f"{new.path}{new.text}".encode()
    except UnicodeEncodeError:
        raise SettingsError(
            f"{printable(str(new.path))} cannot be written: the name of a folder is not UTF-8"
        ) from None


def _check_folder(path: Path) -> None:
    """Refuses a path whose folder is a link: what is written there lands anywhere."""
    try:
        above = [each for each in path.parents if each.is_symlink() and each != Path.cwd()]
        blocked = [each for each in path.parents if each.exists() and not each.is_dir()]
    except NO_PATH as exc:
        raise SettingsError(f"{path} is no path: {exc}") from None
    if above:
        raise SettingsError(f"{above[0]} is a link, so nothing is written there")
    if blocked:
        raise SettingsError(f"{blocked[0]} is a file, not a folder")
