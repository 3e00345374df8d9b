"""What a night has done, in Markdown for a pull request. Foreign text is code, never markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.text_files import check_link, read_bytes
from pytest_promptevo.base.times import day
from pytest_promptevo.errors import SettingsError, printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.night.nights import Night

_LONGEST = 200
_HEAD = "# Night "


def code(text: object) -> str:
    """Returns foreign text as a code span, in which nothing is markup, a link or a mention."""
    line = shorten(printable(" ".join(str(text).split())), _LONGEST)
    runs = [len(run) for run in re.findall("`+", line)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def check_report_path(path: Path) -> None:
    """Refuses to write a report over a file that is none, such as a lock or golden examples.

    Raises:
        SettingsError: if there is such a file.
        OSError: if the path is a link out of its folder, or cannot be read.
    """
    check_link(path)
    if path.is_dir():
        raise SettingsError(f"{path} is a folder: name a file in it for the report")
    if path.exists() and not _is_report(read_bytes(path)):
        raise SettingsError(
            f"{path} is no report of a night, so none is written over it: name another file"
        )


def _is_report(content: bytes) -> bool:
    return not content or content.startswith(_HEAD.encode())


def report(night: Night, done: Mapping[str, Sequence[str]], first: Sequence[str] = ()) -> str:
    """Returns the report of a night.

    Args:
        night: The night.
        done: Suite to what is told of it: sentences that are Markdown already.
        first: What is told before that.
    """
    lines = [f"{_HEAD}of {day(night.began) or 'an unknown day'}", ""]
    if first:
        lines += [*(f"* {each}" for each in first), ""]
    for suite, told in done.items():
        lines += [f"## {code(suite)}", "", *(f"* {each}" for each in told), ""]
    if not done:
        lines += ["No suite of the lock was looked at.", ""]
    lines += [
        f"The seed of its searches is {night.number} (`--night {night.number}`).",
        "",
        "Nothing of this runs anywhere before it is merged. Then candidates get a small share of "
        "the traffic at first; `promptevo status` tells how they do.",
        "",
    ]
    return "\n".join(lines)
