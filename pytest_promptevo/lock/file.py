"""Reading and writing the lock: deterministic bytes, errors with lines."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base import yaml_reader, yaml_writer
from pytest_promptevo.base.canonical import digest
from pytest_promptevo.base.schema import Strict, validate
from pytest_promptevo.base.text_files import atomic_write, read_bytes, read_text
from pytest_promptevo.errors import LockError
from pytest_promptevo.lock.entry import Entry
from pytest_promptevo.lock.merge import choose, conflict_line, entry_lines, entry_texts, sides_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

VERSION = 2
_READ = (1, VERSION)
_HEAD = (
    "# Written by pytest --evolve and --promptevo-update-lock. Review it like code;\n"
    "# do not edit it by hand.\n"
)
_SUITES = "suites:\n"
_END = "# end of lock\n"
_FLOW = {"fitness", "quality", "latency_ms", "tokens", "repairs", "difference", "reward"}
_ONE_LINE = ({"mean", "low", "high"}, {"low", "high"})
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
            {**self.texts, name: _entry_text(name, entry)},
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
    return _parsed(text, path)


def read_merged(path: Path, fits: Callable[[str, Entry], bool]) -> Lockfile:
    """Reads a lock, and one with conflict markers entry by entry.

    Args:
        path: The lock.
        fits: Whether an entry belongs to the committed recordings as they are now.

    Raises:
        LockError: as `read_lock`, or if nothing tells which side of an entry is meant.
    """
    if not path.exists():
        return Lockfile(path)
    text = read_text(path, LockError).replace("\r\n", "\n")
    if not (first := conflict_line(text)):
        return _parsed(text, path)
    sides = {side: _side(version, path) for side, version in sides_of(text).items()}
    names = {name: None for lock in sides.values() for name in (*lock.entries, *lock.broken)}
    merged, lines = Lockfile(path), entry_lines(text)
    for name in names:
        versions = {side: lock.entries.get(name) for side, lock in sides.items()}
        broken = any(name in lock.broken for lock in sides.values())
        line = lines.get(name, first)
        entry = choose(name, versions, path, fits, is_broken=broken, line=line)
        if entry is not None:
            merged = merged.with_entry(name, entry)
    return merged


def _side(text: str, path: Path) -> Lockfile:
    """Parses one side of a merge: what version control has merged in part need not be YAML."""
    try:
        yaml_reader.load(text, path, LockError)
    except LockError:
        head, mark, rest = text.partition(_SUITES)
        if not mark or not rest.endswith(_END):
            raise
    else:
        return _parsed(text, path, is_side=True)
    _parsed(head + mark + _END, path)
    entries: dict[str, Entry] = {}
    broken: list[str] = []
    for name, own in entry_texts(rest.removesuffix(_END)).items():
        try:
            alone = _parsed(f"version: {VERSION}\n{mark}{own}{_END}", path, is_side=True)
        except LockError:
            alone = Lockfile(path, broken=(name,))
        entries.update(alone.entries)
        broken += alone.broken
    return Lockfile(path, entries, broken=tuple(broken))


def _parsed(text: str, path: Path, *, is_side: bool = False) -> Lockfile:
    """Parses a lock; of a side of a merge, entries that do not hold together are left out."""
    located = yaml_reader.load(text, path, LockError)
    rows = text.count("\n") + (not text.endswith("\n"))
    if not text.endswith(_END):
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
    rows = text.removesuffix(_END).splitlines(keepends=True)
    starts = [located.line(("suites", name)) - 1 for name in entries]
    ends = [*starts, len(rows)][1:]
    made = {}
    for (name, entry), start, end in zip(entries.items(), starts, ends, strict=True):
        own = "".join(rows[start:end])
        made[name] = own if _ROW.match(own) else _entry_text(name, entry)
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
    text = f"{_HEAD}version: {VERSION}\n{_SUITES}{body}{_END}"
    if lock.path.is_file() and read_bytes(lock.path) == text.encode():
        return False
    atomic_write(lock.path, text)
    return True


def _entry_text(name: str, entry: Entry) -> str:
    plain = entry.plain()
    marked = _flow({**plain, "checksum": digest(plain)})
    rows = yaml_writer.dump({name: marked}).rstrip("\n").split("\n")
    return "".join(f"  {row}\n" if row else "\n" for row in rows)


def _flow(value: Any, key: str = "") -> Any:
    """Marks means and scales so that each stands on one line."""
    if isinstance(value, dict):
        made = {name: _flow(inner, name) for name, inner in value.items()}
        is_short = key in _FLOW and set(value) in _ONE_LINE
        return yaml_writer.Flow(made) if is_short else made
    return [_flow(inner) for inner in value] if isinstance(value, list) else value
