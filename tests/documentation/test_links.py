"""Links between the pages of the repository lead to what there is.

`mkdocs build --strict` checks those within docs/ as well; a reader of the repository follows all.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from .samples import ROOT, pages

if TYPE_CHECKING:
    from pathlib import Path

_LINK = re.compile(r"(?<!`)\[[^\]]*\]\((?!https?:)(?P<file>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")
_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def _text(path: Path) -> str:
    return _FENCED.sub("", path.read_text("utf-8"))


def _anchors(path: Path) -> set[str]:
    """Returns the anchors that a forge makes of the headings."""
    titles = [re.sub(r"[^\w\- ]", "", title.lower()) for title in _HEADING.findall(_text(path))]
    return {title.replace(" ", "-") for title in titles}


@pytest.mark.parametrize(
    "path", [*pages(), ROOT / "CHANGELOG.md"], ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_links_lead_somewhere(path: Path) -> None:
    for link in _LINK.finditer(_text(path)):
        target = (path.parent / link["file"]).resolve() if link["file"] else path
        assert target.exists(), link[0]
        if link["anchor"]:
            assert link["anchor"] in _anchors(target), link[0]
