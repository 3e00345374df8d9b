"""The cases of a review, in real git repositories: each is told rightly, and as it always was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.review.alert import alert
from pytest_promptevo.review.as_json import as_json
from pytest_promptevo.review.markdown import markdown
from pytest_promptevo.review.pieces import plain
from pytest_promptevo.review.plain_text import plain_text
from pytest_promptevo.review.words import Condition, Word
from review.cases import CASES
from review.golden_pages import PAGES, page_of
from review.hostile_review import in_markdown

if TYPE_CHECKING:
    from pathlib import Path

    from review.scene import Scene

TOLD = {
    "better": (
        Word.BETTER,
        set(),
        "order-number: better (confirmed). 0 newly failing, 60 fixed, 12 still failing. Fitness "
        "-0.15 → 0.54 on 47 unseen examples (+0.69 [0.56, 0.82], p = 0.00005).",
    ),
    "regressed": (
        Word.REGRESSED,
        {Condition.REGRESSED, Condition.UNCONFIRMED},
        "orders: regressed: 3 examples that passed now fail, and this change adds them to the "
        "known failures. 3 newly failing, 9 fixed, 0 still failing. Fitness 0.89 → 0.97 on "
        "36 unseen examples (+0.08 [-0.04, 0.21], p = 0.11). Inconclusive: a difference below "
        "0.16 could not be seen. Nothing shows that the new genome is better.",
    ),
    "stale": (
        Word.STALE,
        {Condition.STALE, Condition.LAXER},
        "orders: stale: the evidence is not about this code. Changed since the lock was "
        "written: the golden examples. 69 of 72 verdicts still hold; 7 examples need a "
        "recording: pytest --promptevo-update-lock (7 calls at least, keeps the genome) or pytest "
        "--evolve. Golden examples: 2 edited (ord-001, ord-014), 5 new, 1 removed (ord-030).",
    ),
    "weights": (
        Word.WEIGHTS,
        {Condition.WEIGHTS, Condition.REGRESSED},
        "orders: other weights under the same name. scripted:review_scene_model:answer BEFORE → "
        "AFTER. 4 newly failing, 3 fixed, 0 still failing. No search ran, so all 72 examples "
        "count: quality -0.01 [-0.09, 0.06], p = 0.73. Inconclusive: a fall below 0.08 could not "
        "be seen. P95 latency 1,215 ms → 1,435 ms, over the limit of 1300.",
    ),
    "other_scorers": (
        Word.INCONCLUSIVE,
        {Condition.LAXER},
        "orders: inconclusive. 0 newly failing, 18 fixed, 0 still failing. The answers to 18 of "
        "these are the same as before: they are judged otherwise. Nothing can be tested: scorers "
        "or pass mark are others, so qualities of both ends do not compare. Code of scorers or "
        "target: lax.py. Scorers: exact_match → python:lax:near.",
    ),
    "removed": (
        Word.REMOVED,
        {Condition.REMOVED},
        "orders: removed. 12 examples, of which 12 passed, are no longer tested.",
    ),
}


@pytest.fixture(params=CASES)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Scene]:
    return request.param, CASES[request.param](tmp_path / "project")


def test_each_is_told_rightly(made: tuple[str, Scene]) -> None:
    name, scene = made
    change = scene.only()
    told = plain(alert(change))
    if change.weights:
        told = told.replace(f"{change.weights.before[7:15]}…", "BEFORE")
        told = told.replace(f"{change.weights.after[7:15]}…", "AFTER")
    assert (change.word, set(change.conditions), told) == TOLD[name]
    review = scene.review("base", "head")
    for form in (plain_text, markdown, as_json):
        assert change.word.value in form(review)
    page = page_of(scene)
    assert page == (PAGES / f"{name}.md").read_text("utf-8")
    assert in_markdown(page) == []
