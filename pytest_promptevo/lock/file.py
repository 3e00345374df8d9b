"""Reading and writing the lock: deterministic bytes, errors with lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.canonical import digest
from pytest_promptevo.base.schema import Strict, validate
from pytest_promptevo.base.text_files import CONFLICT, atomic_write, read_bytes, read_text
from pytest_promptevo.errors import LockError
from pytest_promptevo.lock.entry import Entry
from pytest_promptevo.lock.hints import UPDATE, merge, restoring

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
        broken: Of one side of a merge, the entries that do not hold together, as far as they can
            be read.
    """

    path: Path
    entries: Mapping[str, Entry] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    broken: Mapping[str, Entry | None] = field(default_factory=dict)

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
    return parsed(lock_text(path), path)


def lock_text(path: Path) -> str:
    """Returns the text of a lock, with line breaks as they are written.

    Raises:
        LockError: if it cannot be read.
    """
    with restoring(path):
        return read_text(path, LockError).replace("\r\n", "\n")


def conflict_line(text: str) -> int:
    """Returns the line where the first conflict starts that version control has left, or 0."""
    starts = (marker.start() for marker in CONFLICT.finditer(text) if marker[0][0] == "<")
    return next((text.count("\n", 0, start) + 1 for start in starts), 0)


def parsed(text: str, path: Path, *, is_side: bool = False) -> Lockfile:
    """Parses a lock; of a side of a merge, entries that do not hold together are left out.

    Raises:
        LockError: as `read_lock`.
    """
    if marker := CONFLICT.search(text):
        raise LockError(
            "a merge has left conflict markers",
            path=path,
            line=text.count("\n", 0, marker.start()) + 1,
            hint=merge(path, is_whole=conflict_line(text) > 0),
        )
    with restoring(path, is_side=is_side):
        located = yaml_reader.load(text, path, LockError)
    version = located.data.get("version") if isinstance(located.data, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise _unknown(version, path, located, UPDATE)
    with restoring(path, is_side=is_side):
        return _lockfile(text, path, located, is_side=is_side)


def _lockfile(text: str, path: Path, located: yaml_reader.Located, *, is_side: bool) -> Lockfile:
    rows = text.count("\n") + (not text.endswith("\n"))
    if not text.endswith(END):
        raise LockError("the lock is truncated", path=path, line=rows or 1)
    document = validate(
        _File, located.data, path=path, line=located.line, error=LockError, what="the lock"
    )
    if document.version not in _READ:
        raise _unknown(document.version, path, located)
    entries: dict[str, Entry] = {}
    broken: dict[str, Entry | None] = {}
    for name, data in (document.suites or {}).items():
        try:
            entries[name] = _checked(name, data, path, located)
        except LockError:
            if not is_side:
                raise
            broken[name] = _unchecked(data)
    if is_side:
        return Lockfile(path, entries, broken=broken)
    return Lockfile(path, entries, _texts(text, entries, located))


def _unknown(version: int, path: Path, located: yaml_reader.Located, hint: str = "") -> LockError:
    return LockError(
        f"version {version} of the lock is not known",
        path=path,
        line=located.line(("version",)),
        hint=hint,
    )


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
        raise LockError(f"entry {name!r} has no checksum", path=path, line=line(()))
    body = _body(data)
    entry = validate(Entry, body, path=path, line=line, error=LockError, what=f"entry {name!r}")
    if data["checksum"] != digest(body):
        raise LockError(
            f"entry {name!r} was edited by hand: its checksum does not fit",
            path=path,
            line=line(()),
        )
    return entry


def _unchecked(data: Any) -> Entry | None:
    """Returns an entry whose checksum does not fit, if it is one."""
    try:
        return Entry.model_validate(_body(data)) if isinstance(data, dict) else None
    except ValidationError:
        return None


def _body(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "checksum"}


def write_lock(lock: Lockfile) -> bool:
    """Writes the lock, whole or not at all.

    Returns:
        Whether the file's bytes changed.
    """
    text = lock_of_texts(lock.texts)
    if lock.path.is_file() and read_bytes(lock.path) == text.encode():
        return False
    atomic_write(lock.path, text)
    return True


def lock_of_texts(texts: Mapping[str, str]) -> str:
    """Returns the text of a lock with these entries.

    Args:
        texts: Suite name to the rows of its entry.
    """
    body = "".join(texts[name] for name in sorted(texts)) or "  {}\n"
    return f"{_HEAD}version: {VERSION}\n{SUITES}{body}{END}"


def _text_of(name: str, entry: Entry) -> str:
    """Returns an entry as it is written, which most runs, as they only read, do not need."""
    from pytest_promptevo.lock.entry_text import entry_text

    return entry_text(name, entry)
