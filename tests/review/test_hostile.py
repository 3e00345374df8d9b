"""What others write is never active in a review: nothing linked, mentioned, executed, unescaped."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.base.word_diff import word_diff
from pytest_promptevo.review.html import code, inert, pre, span
from pytest_promptevo.review.markdown import COMMENT, MARKER, markdown
from pytest_promptevo.review.plain_text import plain_text
from review.hostile import CANARY, PARTS, text
from review.hostile_review import FLIPS, got_out, hostile_review, in_markdown
from review.rendered import seen
from review.scene import Scene, example

if TYPE_CHECKING:
    from pathlib import Path

ANSWERS = 500


@pytest.mark.parametrize("seed", range(ANSWERS // (2 * FLIPS) + 1))
def test_nothing_hostile_gets_out(seed: int) -> None:
    review, answers = hostile_review(Random(seed))
    assert answers == 2 * FLIPS
    assert got_out(review) == []


@pytest.mark.parametrize(
    "raw",
    [
        "@octocat",
        "see www.evil.example",
        "me@evil.example",
        "[x](http://evil.example)",
        "<img src=x>",
        "<b>x",
        "<!-- x -->",
        f"{CANARY} in a line",
        "<code>me&#64;evil.example</code>",
        "\u202e",
        "\x1b[31m",
    ],
)
def test_the_check_finds_what_is_active(raw: str) -> None:
    assert in_markdown(f"{MARKER}\n\n{raw}\n")


@pytest.mark.parametrize("part", [*PARTS, "", " ", "`a", "a`", " `` a ` "])
def test_a_span_holds_every_text(part: str) -> None:
    shown = seen(f"**{span(part)}: better.** {span(part)}\n")
    assert (shown.wrong, shown.told) == ([], ": better. \n")
    for made in (code(part), inert(part), pre(word_diff("", part, 500))):
        assert "\n" not in made
        assert seen(f"<table>\n<tr><td><pre>{made}</pre></td></tr>\n</table>\n\nx").wrong == []


def test_ten_megabytes_are_bounded(tmp_path: Path) -> None:
    """In a real repository: recordings and golden examples of it are read as they are."""
    rng, count = Random(1), 12
    scene = Scene(tmp_path / "project")
    answers = {at: text(rng).replace("\x00", "") for at in range(count)}
    answers[3] = (text(rng, 40) + "\n") * 1_000_000
    answers[3] = answers[3][: 10 << 20]
    answers[4] = "`" * (1 << 20)
    answers[5] = "\n" * (1 << 20)
    scene.golden([example(at, tags=["@octocat", "<b>"]) for at in range(count)])
    scene.suite()
    scene.model({"Be brief.": range(6, count)}, answers=answers)
    scene.accept()
    scene.commit("base")
    scene.model({"Be brief.": range(6)}, answers=answers)
    scene.accept()
    scene.commit("head")
    assert (scene.root / "promptevo_recordings" / "orders.jsonl").stat().st_size > 10 << 20
    review = scene.review("base", "head")
    assert len(review.suites[0].flips.all) == count
    assert got_out(review) == []
    assert len(markdown(review)) < COMMENT / 2
    assert len(plain_text(review)) < COMMENT / 2
