"""Writes the page, whole or not at all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_promptevo.base.text_files import atomic_write, check_link, open_regular
from pytest_promptevo.errors import SettingsError, shown_path

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.page.build import Page

_ENDINGS = (".html", ".htm")

_MARK = b"<title>Prompt report"
"""What a page of ours has among its first bytes, whichever version wrote it."""

_HEAD = 4096


def check_target(path: Path) -> None:
    """Checks that a page can be written to a place, before work begins for it.

    Raises:
        SettingsError: saying what to write instead.
    """
    where = shown_path(path)
    if path.suffix.lower() not in _ENDINGS:
        raise SettingsError(f"the report is a page of HTML: {where} must end in .html")
    try:
        if path.is_dir():
            raise SettingsError(f"{where} is a folder: name a file for the report")
        if not path.parent.is_dir():
            folder = shown_path(path.parent)
            raise SettingsError(f"{where}: there is no folder {folder} to write it to")
        check_link(path)
        if path.exists() and not _is_ours(path):
            raise SettingsError(
                f"{where} is there already and no report of promptevo: name another file, or "
                "remove it"
            )
    except OSError as exc:
        raise SettingsError(f"{where}: cannot be written: {exc.strerror or exc}") from None


def _is_ours(path: Path) -> bool:
    """Whether a file is a page of ours, or empty, as one that was made for it.

    Raises:
        OSError: if it cannot be read, or is no regular file.
    """
    with open(open_regular(path, os.O_RDONLY), "rb") as file:
        head = file.read(_HEAD)
    return not head or _MARK in head


def write_page(path: Path, page: Page) -> str:
    """Writes a page.

    Returns:
        A line that says where it is, and how large.

    Raises:
        OSError: if it cannot be written, or a link leads elsewhere.
    """
    from pytest_promptevo.page.build import html_of

    text = html_of(page)
    check_link(path)
    atomic_write(path, text)
    size = len(text.encode())
    told = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(size // 1000, 1)} kB"
    return f"report: {shown_path(path)} ({told})"
