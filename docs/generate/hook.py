"""Fills the pages whose text is made of the code, and checks that a page asks for nothing.

MkDocs calls the functions of this module (``hooks:`` in ``mkdocs.yml``). A page says with a line
``<!-- made of: NAME -->`` where a text of `MADE` stands. The line right below it is for readers of
the repository, to whom nobody makes that text.
"""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from options_reference import commands_reference, options_reference, settings_reference
from suite_reference import suite_reference

from pytest_promptevo.suite.published_schema import SCHEMA_FILE

_ROOT = Path(__file__).parents[2]
_MARK = re.compile(r"^<!-- made of: (.+) -->\n.+$", re.MULTILINE)
_COMMENT = re.compile(r"^[ ]*<!-- .+? -->\n", re.MULTILINE)


_NAMED = {
    'class="md-search" data-md-component="search" role="dialog"': "Search",
    'type="checkbox" id="__search"': "Search",
    'type="checkbox" id="__drawer"': "Navigation",
}
"""Parts of the theme that have no name for who cannot see them, and what they are."""


class _Requests(HTMLParser):
    """Finds the addresses elsewhere that a browser asks when it shows a page."""

    def __init__(self) -> None:
        super().__init__()
        self.elsewhere: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Looks at a tag: links that somebody clicks are no requests."""
        named = dict(attrs)
        address = (named.get("href") if tag == "link" else named.get("src")) or ""
        if address.startswith(("http:", "https:", "//")):
            self.elsewhere.append(address)


def _file(name: str) -> str:
    """Returns a file of the repository's top folder without its title, as the page has one."""
    text = (_ROOT / name).read_text("utf-8")
    return text.partition("\n")[2]


MADE = {
    "suite.schema.json": lambda: suite_reference(json.loads(SCHEMA_FILE.read_text("utf-8"))),
    "options": options_reference,
    "settings": settings_reference,
    "commands": commands_reference,
    "CHANGELOG.md": lambda: _file("CHANGELOG.md"),
    "SECURITY.md": lambda: _file("SECURITY.md"),
}
"""What a page may ask for, and how it is made."""


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts in what is made, and leaves out comments, which are for the tests of the samples."""
    filled = _MARK.sub(lambda found: MADE[found[1]](), markdown)
    return _COMMENT.sub("", filled)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuses a page that would fetch something from elsewhere.

    Raises:
        PluginError: with the page and what it would fetch.
    """
    requests = _Requests()
    requests.feed(output)
    if requests.elsewhere:
        from mkdocs.exceptions import PluginError  # a test fills pages without it

        raise PluginError(f"{page.file.src_uri} fetches {', '.join(requests.elsewhere)}")
    return named(output)


def on_post_build(config: Any, **_: Any) -> None:
    """Removes the theme's page of what is not there: its links begin at the top of a server."""
    (Path(config["site_dir"]) / "404.html").unlink(missing_ok=True)


def named(html: str) -> str:
    """Gives names to parts of the theme that have none, so that everybody can use them."""
    for part, name in _NAMED.items():
        html = html.replace(part, f'{part} aria-label="{name}"')
    return html
