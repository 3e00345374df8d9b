"""A browser, and pages to look at in it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from .scene import evolve, make_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
HOW = "no Chromium: apt-get install chromium"


def chromium() -> str | None:
    """Returns the path of a Chromium of this machine."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def opened() -> Iterator[Browser]:
    """Opens a Chromium of this machine; tests with it need no network.

    Playwright's own event loop runs in this thread while the browser is open, and no other test
    could start one: so it is closed after the module, not after the session.
    """
    found = chromium()
    if found is None:
        (pytest.fail if os.environ.get("PROMPTEVO_REQUIRE_CHROMIUM") == "1" else pytest.skip)(HOW)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium of this machine, for the tests of a module."""
    with opened() as started:
        yield started


@pytest.fixture(scope="session")
def evolved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that was evolved once, with the page of that run: ``page.html``."""
    root = make_project(tmp_path_factory.mktemp("evolved") / "project")
    done = evolve(root, root / "page.html")
    assert "promptevo: report: page.html (" in done.stdout, done.stdout + done.stderr
    return root
