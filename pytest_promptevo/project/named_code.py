"""Functions that a lock names run in tests only if the suite's own file names them, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.text_files import read_text
from pytest_promptevo.errors import LockError, SuiteError
from pytest_promptevo.project.suite_files import lock_path_of, suite_files
from pytest_promptevo.suite.naming import suite_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_promptevo.lock import Entry

_FUNCTION = "scripted:"


def check_named(entry: Entry, suite: str, lock_path: Path, root: Path) -> None:
    """Refuses a lock's entry that names functions of which the suite's file knows nothing.

    A suite is code, and a lock is none: who reviews a lock looks for figures in it.

    Args:
        entry: The entry.
        suite: Name of the suite.
        lock_path: The lock.
        root: Root of the project.

    Raises:
        LockError: if it names such a function.
    """
    named = set(_functions(entry))
    if not named:  # mostly
        return
    for path in suite_files(lock_path.parent):
        if lock_path_of(path, root) == lock_path:
            named -= _functions_of(path, suite)
    if named:
        raise LockError(
            f"entry {suite!r} names {shorten(min(named), 80)}, which no file of that suite names",
            path=lock_path,
            hint="nothing of it was run; pytest --promptevo-update-lock writes what the suite says",
        )


def _functions(entry: Entry) -> Iterator[str]:
    if entry.prompt is None and entry.target:
        yield entry.target
    for model in entry.models.values():
        if model.reference.startswith(_FUNCTION):
            yield model.reference


def _functions_of(path: Path, suite: str) -> set[str]:
    """Returns target and models of a suite's file, if it is of this name and can be read."""
    try:
        if suite_name(path) != suite:
            return set()
        data = yaml_reader.load(read_text(path, SuiteError), path, SuiteError).data
    except SuiteError:
        return set()
    models = data.get("models")
    references = list(models.values()) if isinstance(models, dict) else []
    return {each for each in (data.get("target"), *references) if isinstance(each, str)}
