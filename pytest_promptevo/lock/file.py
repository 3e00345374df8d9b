"""Reading and writing the lock: deterministic bytes, errors with lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.canonical import digest
from pytest_promptevo.base.schema import Strict, validate
from pytest_promptevo.base.text_files import atomic_write, read_bytes, read_text
from pytest_promptevo.errors import LockError
from pytest_promptevo.lock.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = 2
_READ = (1, VERSION)
_HEAD = (
    "# Written by pytest --evolve and --promptevo-update-lock. Review it like code;\n"
    "# do not edit it by hand.\n"
)
SUITES = "suites:\n"
END = "# end of lock\n"
_ROW = re.compile(r"  [^\s#?]")
_RESTORE = (
    "restore it from version control (git checkout -- promptevo.lock). Only if that is lost, too, "
    "delete it and run pytest --promptevo-update-lock: that locks the genomes which the suite "
    "files ship, and what --evolve had found is lost"
)


class _File(Strict):
    version: int
    suites: dict[str, Any] | None  # None where the last entry was taken out by hand


@dataclass(frozen=True)
class Lockfile:
    """The entries of a lock, by suite.

    Attributes:
        path: The file.
        entries: Suite name to entry.
        texts: Suite name to the entry's bytes as they stand in the file, so that an
            entry that did not change is written back as it was.
        broken: Of one side of a merge, the entries that do not hold together.
    """

    path: Path
    entries: Mapping[str, Entry] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()

    def with_entry(self, name: str, entry: Entry) -> Lockfile:
        """Returns the lock with one entry added or replaced."""
        return Lockfile(
            self.path,
            {**self.entries, name: entry},
            {**self.texts, name: _text_of(name, entry)},
        )


def read_lock(path: Path) -> Lockfile:
    """Reads a lock; a missing file is an empty lock.

    Raises:
        LockError: naming file and line: bad syntax, merge-conflict markers, a truncated
            file, a hand-edited entry, an unknown version.
    """
    if not path.exists():
        return Lockfile(path)
    text = read_text(path, LockError).replace("\r\n", "\n")
    if line := conflict_line(text):
        raise LockError(
            "a merge has left conflict markers",
            path=path,
            line=line,
            hint="merge suites and promptevo_recordings/ first; then pytest "
            "--promptevo-update-lock takes each entry from the side that changed it",
        )
    return parsed(text, path)


def conflict_line(text: str) -> int:
    """Returns the line of the first conflict marker that version control has left, or 0."""
    if "<<<<<<<" not in text:  # mostly: then nothing is imported for it
        return 0
    from pytest_promptevo.lock.merge import first_marker

    return first_marker(text)


def parsed(text: str, path: Path, *, is_side: bool = False) -> Lockfile:
    """Parses a lock; of a side of a merge, entries that do not hold together are left out."""
    located = yaml_reader.load(text, path, LockError)
    rows = text.count("\n") + (not text.endswith("\n"))
    if not text.endswith(END):
        raise LockError("the lock is truncated", path=path, line=rows or 1, hint=_RESTORE)
    document = validate(
        _File, located.data, path=path, line=located.line, error=LockError, what="the lock"
    )
    if document.version not in _READ:
        raise LockError(
            f"version {document.version} of the lock is not known",
            path=path,
            line=located.line(("version",)),
            hint="update pytest-promptevo",
        )
    entries: dict[str, Entry] = {}
    broken = []
    for name, data in (document.suites or {}).items():
        try:
            entries[name] = _checked(name, data, path, located)
        except LockError:
            if not is_side:
                raise
            broken.append(name)
    if is_side:
        return Lockfile(path, entries, broken=tuple(broken))
    return Lockfile(path, entries, _texts(text, entries, located))


def _texts(
    text: str, entries: Mapping[str, Entry], located: yaml_reader.Located
) -> Mapping[str, str]:
    """Returns the rows of each entry, where they can stand beside entries of our own."""
    rows = text.removesuffix(END).splitlines(keepends=True)
    starts = [located.line(("suites", name)) - 1 for name in entries]
    ends = [*starts, len(rows)][1:]
    made = {}
    for (name, entry), start, end in zip(entries.items(), starts, ends, strict=True):
        own = "".join(rows[start:end])
        made[name] = own if _ROW.match(own) else _text_of(name, entry)
    return made


def _checked(name: str, data: Any, path: Path, located: yaml_reader.Located) -> Entry:
    def line(where: tuple[str | int, ...]) -> int:
        return located.line(("suites", name, *where))

    if not isinstance(data, dict) or "checksum" not in data:
        raise LockError(f"entry {name!r} has no checksum", path=path, line=line(()), hint=_RESTORE)
    body = {key: value for key, value in data.items() if key != "checksum"}
    entry = validate(Entry, body, path=path, line=line, error=LockError, what=f"entry {name!r}")
    if data["checksum"] != digest(body):
        raise LockError(
            f"entry {name!r} was edited by hand: its checksum does not fit",
            path=path,
            line=line(()),
            hint=_RESTORE,
        )
    return entry


def write_lock(lock: Lockfile) -> bool:
    """Writes the lock, whole or not at all.

    Returns:
        Whether the file's bytes changed.
    """
    body = "".join(lock.texts[name] for name in sorted(lock.texts)) or "  {}\n"
    text = f"{_HEAD}version: {VERSION}\n{SUITES}{body}{END}"
    if lock.path.is_file() and read_bytes(lock.path) == text.encode():
        return False
    atomic_write(lock.path, text)
    return True


def _text_of(name: str, entry: Entry) -> str:
    """Returns an entry as it is written, which most runs, as they only read, do not need."""
    from pytest_promptevo.lock.entry_text import entry_text

    return entry_text(name, entry)
