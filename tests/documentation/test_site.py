"""The site that is built of docs/: complete from a folder, and fit for everybody."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from .samples import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

PAGES = ("index.html", "options.html", "suite-file.html", "report.html")

AXE = """async ([axe]) => {
  (0, eval)(axe)
  const found = await window.axe.run(document, {resultTypes: ['violations']})
  return found.violations.filter(each => ['serious', 'critical'].includes(each.impact))
    .map(each => each.id + ': ' + each.nodes[0].html)
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("material")
    made = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(made)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
    )
    return made


@pytest.fixture(scope="module")
def browser() -> Any:
    from page.conftest import opened

    with opened() as started:
        yield started


def test_parts_of_the_theme_have_names(site: Path) -> None:
    for path in site.glob("*.html"):
        html = path.read_text("utf-8")
        assert html.count('role="dialog" aria-label="Search"') == html.count('role="dialog"') == 1
        assert html.count('id="__search" aria-label="Search"') == 1
        assert html.count('id="__drawer" aria-label="Navigation"') == 1


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_pages_ask_nobody_else_and_axe_finds_nothing_serious(
    site: Path, browser: Browser, name: str, width: int
) -> None:
    from axe_playwright_python.base import AXE_SCRIPT

    context = browser.new_context(viewport={"width": width, "height": 900})
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((site / name).as_uri())
    page.wait_for_function("!document.querySelector('.md-typeset table:not([class])') || "
                           "document.querySelector('.md-typeset__scrollwrap')")  # fmt: skip
    page.wait_for_timeout(100)
    found = page.evaluate(AXE, [AXE_SCRIPT])
    context.close()
    assert found == []
    assert [each for each in asked if not each.startswith((site.as_uri(), "data:", "blob:"))] == []
