"""A lock with conflict markers: each entry from the side that changed it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError
from pytest_promptevo.lock.hints import ONE_SIDE, one_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_promptevo.lock.entry import Entry

_MARKER = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: .*)?\r?\n?\Z")
_NAME = re.compile(r"  ([^\s#].*?):\s*$")
_SIDES = {"<<<<<<<": "ours", "|||||||": "base", "=======": "theirs"}


def sides_of(text: str) -> dict[str, str]:
    """Returns the texts of ``ours`` and ``theirs``, and of ``base`` where that is written."""
    sides: dict[str, list[str]] = {"ours": [], "base": [], "theirs": []}
    now, has_base = "", False
    for row in text.splitlines(keepends=True):
        marker = _marker(row)
        if marker == ">>>>>>>":
            now = ""
        elif marker == "<<<<<<<" or (marker and now):
            now = _SIDES[marker]
            has_base = has_base or now == "base"
        else:
            for side in [now] if now else sides:
                sides[side].append(row)
    if not has_base:
        del sides["base"]
    return {side: "".join(rows) for side, rows in sides.items()}


def entry_texts(text: str) -> dict[str, str]:
    """Returns the rows of each entry of a lock that is no YAML as a whole, by name.

    Args:
        text: The rows of all entries. Of a name that comes twice all rows are taken together.
    """
    entries: dict[str, list[str]] = {}
    name = ""
    for row in text.splitlines(keepends=True):
        name = _name(row) or name
        entries.setdefault(name, []).append(row)
    return {name: "".join(rows) for name, rows in entries.items()}


def entry_lines(text: str) -> dict[str, int]:
    """Returns the line where the first conflict in each entry starts that has one, by name."""
    lines: dict[str, int] = {}
    opened, now = 0, ""
    for line, row in enumerate(text.splitlines(keepends=True), 1):
        now = _name(row) or now
        marker = _marker(row)
        opened = line if marker == "<<<<<<<" else opened
        if marker and opened:
            lines.setdefault(now, opened)
    return lines


def choose(
    name: str,
    versions: dict[str, Entry | None],
    path: Path,
    fits: Callable[[str, Entry], bool],
    *,
    is_broken: bool = False,
    line: int = 1,
) -> Entry | None:
    """Returns the version of an entry that a merge would take.

    Args:
        name: Name of the suite.
        versions: Side to its version there; None where it is missing or does not hold together.
        path: The lock, for messages.
        fits: Whether a version belongs to the committed recordings as they are now, which the
            same commit has changed.
        is_broken: Whether it stands on a side where it does not hold together, because version
            control has merged a part of it.
        line: Where its conflict starts, for messages.

    Raises:
        LockError: if both sides changed it and nothing tells which one is meant.
    """
    ours, theirs, base = (versions.get(side) for side in ("ours", "theirs", "base"))
    if ours is None and theirs is None and is_broken:
        raise _undecided(name, path, line, ONE_SIDE)
    if ours is None or theirs is None or ours == theirs:
        return ours or theirs
    if base is not None and base in (ours, theirs):
        return theirs if base == ours else ours
    fitting = [version for version in (ours, theirs) if fits(name, version)]
    if len(fitting) == 1:
        return fitting[0]
    raise _undecided(name, path, line, one_entry(path, name))


def others_of(versions: Mapping[str, Entry | None]) -> list[Entry]:
    """Returns the versions of an entry that know what the one that is taken may not know.

    Not one that a side has left as it was before: the other side has seen it.

    Args:
        versions: Side to its version there, also where it does not hold together.
    """
    base = versions.get("base")
    sides = [versions.get(side) for side in ("ours", "theirs")]
    return [each for each in sides if each is not None and each != base]


def _undecided(name: str, path: Path, line: int, hint: str) -> LockError:
    told = f"both sides of the merge changed entry {name!r}"
    return LockError(told, path=path, line=line, hint=hint)


def _name(row: str) -> str:
    match = _NAME.match(row)
    return match[1].strip("'\"") if match else ""


def _marker(row: str) -> str:
    match = _MARKER.match(row)
    return match[1] if match else ""
