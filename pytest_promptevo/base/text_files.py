"""Reading text files and JSON, with errors that name file and line; writing whole files."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import stat
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.json_parts import MOST_PARTS, has_too_many_parts
from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.watching import announce

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.errors import InputError


_SCRATCH = re.compile(r"\.[0-9a-f]{16}\.tmp")

CONFLICT = re.compile(r"^(<{7}|={7}|>{7}|\|{7})(?=[ \r\n]|\Z)", re.MULTILINE)
"""What stands at the start of a line in a file that was merged with conflicts."""

LARGEST_FILE = 64 << 20
"""Bytes of a file that are read at most."""

MOST_DEPTH = 200
"""Levels of lists and mappings in a value: what looks into them takes stack for each."""

MOST_LINES = 500_000
"""Lines of a text file that is read at most."""

NO_PATH = (OSError, ValueError, RuntimeError)
"""What a path raises that cannot be one, or that is a link which leads to itself."""


def read_text(path: Path, error: type[InputError]) -> str:
    """Reads a UTF-8 file (a byte order mark is dropped).

    Raises:
        InputError: (as `error`) if the file is missing, unreadable or not UTF-8.
    """
    try:
        raw = read_bytes(path)
    except FileNotFoundError:
        raise error("no such file", path=path, line=1) from None
    except OSError as exc:
        raise error(f"cannot be read: {exc.strerror}", path=path, line=1) from None
    return decoded(raw, path, error)


def decoded(raw: bytes, path: Path, error: type[InputError]) -> str:
    """Returns the text that the bytes of a file are (a byte order mark is dropped).

    Raises:
        InputError: (as `error`) if they are not UTF-8 or have too many lines.
    """
    if max(raw.count(b"\n"), raw.count(b"\r")) > MOST_LINES:
        raise error(f"it has more than {MOST_LINES:,} lines", path=path, line=MOST_LINES + 1)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = raw[: exc.start].count(b"\n") + 1
        raise error("not UTF-8 text", path=path, line=line, hint="save it as UTF-8") from None


def read_bytes(path: Path) -> bytes:
    """Reads a regular file of bounded size, of which nothing can wait or have no end.

    Raises:
        OSError: if it cannot be read, is a pipe, device or socket (or a link to one), or is
            larger than 64 MiB.
    """
    with open(open_regular(path, os.O_RDONLY), "rb") as file:
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST_FILE >> 20} MiB", str(path))
    return content


def open_regular(path: Path, flags: int) -> int:
    """Returns a descriptor of a file that is none of which anything can wait or have no end.

    Args:
        path: The file.
        flags: As `os.open` takes them.

    Raises:
        OSError: if it cannot be opened, or is a pipe, device or socket (or a link to one).
    """
    # Without waiting: a pipe that nobody writes to is opened at once, and refused.
    flags |= getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o666)
    kind = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    return descriptor


def check_link(path: Path) -> None:
    """Refuses a link that leads out of the folder that it stands in.

    A link can be committed like a file; what is written through it lands anywhere, and what is
    read through it is none of the project.

    Raises:
        OSError: if the path is such a link.
    """
    try:
        leads_out = path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve())
    except RuntimeError:
        raise OSError(errno.ELOOP, "it is a link that leads to itself", str(path)) from None
    if leads_out:
        raise OSError(
            errno.EPERM, "it is a link out of its folder, which is not followed", str(path)
        )


def atomic_write(path: Path, text: str) -> None:
    """Writes a UTF-8 file whole or not at all.

    The text goes to a temporary file beside the target, is flushed to disk and
    renamed over it, so a reader (or a crash) sees the old file or the new one.
    """
    announce(path, text)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Beside the target, so that it can be renamed; "x" opens nothing that is there already,
    # and the system applies the umask.
    scratch = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        _write_through(scratch, path, text)
    except OSError as exc:  # nobody but us knows the temporary file
        raise OSError(exc.errno, exc.strerror, str(path)) from None


def _write_through(scratch: Path, path: Path, text: str) -> None:
    file = open(scratch, "x", encoding="utf-8", newline="\n")  # noqa: SIM115
    try:
        with file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            scratch.chmod(path.stat().st_mode & 0o777)
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def remove(path: Path) -> None:
    """Removes a file that may be missing."""
    announce(path, None)
    path.unlink(missing_ok=True)


def sweep_scratch(folder: Path) -> None:
    """Removes what writers that were killed have left in a folder in which nobody writes now."""
    for path in folder.glob(".*.tmp"):
        if _SCRATCH.fullmatch(path.name):
            path.unlink(missing_ok=True)


def conflict_marker(row: str) -> str:
    """Returns the marker of a merge conflict that a line starts with, or nothing."""
    found = CONFLICT.match(row)
    return found[0] if found else ""


def parse_json(text: str, path: Path, line: int, error: type[InputError]) -> Any:
    """Parses one JSON text strictly: no duplicate keys, no NaN, a bearable number of values.

    Raises:
        InputError: (as `error`) naming file and line.
    """
    if has_too_many_parts(text):
        raise error(f"JSON of more than {MOST_PARTS:,} values", path=path, line=line)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as exc:
        raise error(
            f"not valid JSON: {exc.msg} (column {exc.colno})", path=path, line=line + exc.lineno - 1
        ) from None
    except (ValueError, RecursionError) as exc:
        what = "nested too deeply" if isinstance(exc, RecursionError) else str(exc)
        raise error(f"not valid JSON: {what}", path=path, line=line) from None


def must_be_text(value: Any, path: Path, line: int, error: type[InputError]) -> None:
    """Refuses what parsed JSON can hold, but canonical JSON text cannot.

    Raises:
        InputError: (as `error`) for infinities, lone surrogates and nesting that is too deep.
    """
    try:
        text = canonical_json(value)
        text.encode()
    except (ValueError, TypeError, RecursionError):
        raise error("holds a value that JSON text cannot", path=path, line=line) from None
    if text.count("[") + text.count("{") > MOST_DEPTH and _is_deeper(value, MOST_DEPTH):
        raise error(f"nested more than {MOST_DEPTH} levels deep", path=path, line=line)


def _is_deeper(value: Any, most: int) -> bool:
    """Whether a JSON value has more levels; looks at one level after the other."""
    level = [value]
    for _ in range(most + 1):
        level = [
            part
            for each in level
            if isinstance(each, (dict, list))
            for part in (each.values() if isinstance(each, dict) else each)
        ]
    return bool(level)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise ValueError(f"duplicate key {shorten(repr(twice), 100)}")
    return made


def _no_constant(name: str) -> Literal[False]:
    raise ValueError(f"{name} is not JSON")
