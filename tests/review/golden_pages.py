"""The pages that reviews of the cases are; ``python -m review.golden_pages`` writes them anew.

To be run from the folder ``tests``, for changes that are meant to change a page: the difference
is part of the review.
"""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pytest_promptevo.review.markdown import markdown
from review.cases import CASES

if TYPE_CHECKING:
    from review.scene import Scene

PAGES = Path(__file__).parent / "pages"


def page_of(scene: Scene) -> str:
    """Returns the page of a case, without what differs though nothing of a review does."""
    page = markdown(scene.review("base", "head"))
    for end in ("base", "head"):
        page = page.replace(scene.git("rev-parse", end)[:12], end.upper())
    return re.sub(r"[0-9a-f]{8}…", "01234567…", page)


def main() -> None:
    for name, case in CASES.items():
        with TemporaryDirectory() as folder:
            page = page_of(case(Path(folder) / "project"))
        (PAGES / f"{name}.md").write_text(page, "utf-8")


if __name__ == "__main__":
    main()
