"""The page in a real Chromium: nothing is asked for, nothing runs, everybody can read it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.page.build import html_of

from .hostile_texts import _PIECES
from .making import hostile, page_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

SCHEMES = ("light", "dark")


class Watched:
    """A page in a tab, and what it did there.

    Attributes:
        page: The tab.
        asked: Addresses that it asked for, its own among them.
        said: What the console says: each breach of the policy is said there.
    """

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: (self.said.append(dialog.message), dialog.dismiss()))


@contextmanager
def opened(browser: Browser, path: Path, **how: Any) -> Iterator[Watched]:
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how})
    try:
        watched = Watched(context.new_page())
        watched.page.goto(path.as_uri())
        yield watched
    finally:
        context.close()


def violations(page: Page) -> list[str]:
    """Returns what axe finds, in a copy of the page that lets scripts run (see `unlocked`)."""
    from axe_playwright_python.base import AXE_SCRIPT

    found = page.evaluate(
        "async ([axe]) => { (0, eval)(axe); return (await window.axe.run(document, "
        "{resultTypes: ['violations']})).violations }",
        [AXE_SCRIPT],
    )
    return [
        f"{each['impact']}: {each['id']}: {node['target']}"
        for each in found
        for node in each["nodes"]
    ]


def unlocked(path: Path, folder: Path) -> Path:
    """Returns a copy of a page whose policy lets axe run."""
    from pytest_promptevo.page.build import POLICY

    html = path.read_text("utf-8")
    assert html.count("Content-Security-Policy") == 1
    copy = folder / "unlocked.html"
    copy.write_text(html.replace("Content-Security-Policy", "x-none"), "utf-8")
    assert POLICY.split(";")[0].replace("'", "&#39;") in html
    return copy


@pytest.fixture
def hostile_page(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.html"
    text = " ".join(_PIECES) + "".join(f"<{tag}>" for tag in ("script>alert(1)</script", "b", "i"))
    path.write_text(hostile(text), "utf-8")
    return path


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_page_asks_for_nothing_and_breaks_no_policy(
    browser: Browser, evolved: Path, scheme: str
) -> None:
    path = evolved / "page.html"
    with opened(browser, path, color_scheme=scheme) as watched:
        watched.page.wait_for_timeout(300)
        assert watched.asked == [path.as_uri()]
        assert watched.said == []
        assert watched.page.evaluate("document.images.length + document.scripts.length") == 0


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing(
    browser: Browser, evolved: Path, tmp_path: Path, scheme: str, width: int
) -> None:
    path = unlocked(evolved / "page.html", tmp_path)
    viewport = {"width": width, "height": 800}
    with opened(browser, path, color_scheme=scheme, viewport=viewport) as watched:
        watched.page.evaluate(
            "document.querySelectorAll('details').forEach(each => each.open = true)"
        )
        assert violations(watched.page) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_a_page_of_failures(
    browser: Browser, tmp_path: Path, scheme: str
) -> None:
    page = page_of([0.0, 0.4, 1.0] * 5, before=[1.0] * 15, shown={3: {"error": "gone"}})
    (tmp_path / "page.html").write_text(html_of(page), "utf-8")
    path = unlocked(tmp_path / "page.html", tmp_path)
    with opened(browser, path, color_scheme=scheme) as watched:
        watched.page.evaluate(
            "document.querySelectorAll('details').forEach(each => each.open = true)"
        )
        assert violations(watched.page) == []


def test_pictures_follow_the_scheme(browser: Browser, evolved: Path) -> None:
    colours = []
    for scheme in SCHEMES:
        with opened(browser, evolved / "page.html", color_scheme=scheme) as watched:
            colours.append(
                watched.page.evaluate(
                    "[...document.querySelectorAll('.svg *')].map(each => getComputedStyle(each))"
                    ".flatMap(style => [style.fill, style.stroke])"
                    ".filter(each => each.startsWith('rgb') && each !== 'rgb(0, 0, 0)')"
                )
            )
    light, dark = map(set, colours)
    placeholders = {f"rgb(0, 0, {number})" for number in range(1, 12)}
    assert not placeholders & (light | dark)
    assert len(light) >= 4
    assert not light & dark


def test_nothing_is_wider_than_a_telephone(browser: Browser, evolved: Path) -> None:
    with opened(browser, evolved / "page.html", viewport={"width": 375, "height": 700}) as watched:
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 375


def test_tags_can_be_read_on_a_telephone(browser: Browser, tmp_path: Path) -> None:
    page = page_of([0.0, 1.0] * 5, before=[1.0] * 10)
    (tmp_path / "page.html").write_text(html_of(page), "utf-8")
    viewport = {"width": 375, "height": 700}
    with opened(browser, tmp_path / "page.html", viewport=viewport) as watched:
        width = watched.page.evaluate("document.querySelector('.grid td.foreign').clientWidth")
        assert width >= 100


def test_the_keyboard_reaches_all_in_the_order_of_the_page(browser: Browser, evolved: Path) -> None:
    with opened(browser, evolved / "page.html") as watched:
        page, seen = watched.page, []
        for _ in range(400):
            page.keyboard.press("Tab")
            at = page.evaluate(
                "() => { const each = document.activeElement;"
                " if (each === document.body) return null;"
                " const box = each.getBoundingClientRect(), style = getComputedStyle(each);"
                " return [each.tagName + ' ' + each.className, Math.round(box.top + scrollY),"
                " style.outlineStyle] }"
            )
            if at is None:
                break
            seen.append(at)
        assert seen[0][0] == "A skip"
        assert {name for name, _, _ in seen} >= {"DIV scroll", "SUMMARY ", "A foreign"}
        outside = [top for name, top, _ in seen[1:] if name != "A "]  # those in the grid scroll
        assert outside == sorted(outside)
        assert all(outline == "solid" for _, _, outline in seen if outline)


def test_a_mark_of_the_grid_leads_to_its_answer_and_opens_it(
    browser: Browser, evolved: Path
) -> None:
    with opened(browser, evolved / "page.html") as watched:
        link = watched.page.locator(".grid tbody a").nth(3)
        target = link.get_attribute("href") or ""
        assert not watched.page.locator(target).is_visible()
        link.click()
        watched.page.wait_for_timeout(200)
        assert watched.page.locator(target).is_visible()
        assert watched.page.locator("details[open]", has=watched.page.locator(target)).count() == 1


def test_it_prints_all_of_its_tables_on_white(browser: Browser, evolved: Path) -> None:
    with opened(browser, evolved / "page.html", color_scheme="dark") as watched:
        watched.page.emulate_media(media="print")
        told = watched.page.evaluate(
            "[getComputedStyle(document.body).backgroundColor, ...[...document.querySelectorAll("
            "'.scroll')].map(each => each.scrollHeight - each.clientHeight)]"
        )
        assert told[0] == "rgb(255, 255, 255)"
        assert max(told[1:]) <= 1
        watched.page.set_viewport_size({"width": 718, "height": 1000})  # of A4, within its margins
        assert watched.page.evaluate("document.documentElement.scrollWidth") <= 718
        assert len(watched.page.pdf()) > 20_000


def test_a_hostile_page_stays_a_page(browser: Browser, hostile_page: Path) -> None:
    with opened(browser, hostile_page) as watched:
        watched.page.evaluate(
            "document.querySelectorAll('details').forEach(each => each.open = true)"
        )
        for _ in range(30):  # whatever can be reached with keys is pressed
            watched.page.keyboard.press("Tab")
            watched.page.keyboard.press("Enter")
        watched.page.wait_for_timeout(300)
        assert {each.partition("#")[0] for each in watched.asked} == {hostile_page.as_uri()}
        assert watched.said == []
        assert watched.page.title().startswith("Prompt report")
        assert (
            watched.page.evaluate(
                "document.querySelectorAll('script, img, iframe, object, embed, base, form, input, "
                "textarea, meta[http-equiv=refresh], main style, main link').length"
            )
            == 0
        )


def test_a_hostile_page_has_the_shape_of_a_harmless_one(
    browser: Browser, hostile_page: Path, tmp_path: Path
) -> None:
    (tmp_path / "harmless.html").write_text(hostile("plain words"), "utf-8")
    shapes = []
    for path in (hostile_page, tmp_path / "harmless.html"):
        with opened(browser, path) as watched:
            shapes.append(
                watched.page.evaluate(
                    "[...document.querySelectorAll('body *')].map(each => each.tagName)"
                    ".filter(name => !['INS', 'DEL', 'PRE', 'DT', 'DD'].includes(name))"
                )
            )
    assert shapes[0] == shapes[1]
