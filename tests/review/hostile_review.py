"""Reviews in which everything that others can write is hostile, and what of it got out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import printable
from pytest_promptevo.fitness import Estimate
from pytest_promptevo.lock import Entry
from pytest_promptevo.review.as_json import as_json
from pytest_promptevo.review.evidence import Evidence
from pytest_promptevo.review.figures import Figure, Figures
from pytest_promptevo.review.flips import Flip, Flips
from pytest_promptevo.review.golden_changes import GoldenChanges
from pytest_promptevo.review.markdown import COMMENT, MARKER, markdown
from pytest_promptevo.review.model import Review, SuiteChange, Weights
from pytest_promptevo.review.outcomes import Outcomes
from pytest_promptevo.review.pieces import Foreign
from pytest_promptevo.review.plain_text import plain_text
from pytest_promptevo.review.prompts import PromptChange, PromptPart
from pytest_promptevo.review.staleness import Staleness
from pytest_promptevo.review.tags import TagRow
from pytest_promptevo.review.words import Condition, Word
from review.hostile import CANARY, text, word
from review.rendered import seen

if TYPE_CHECKING:
    from random import Random

FLIPS = 20
_MEAN = {"mean": 0.5, "low": 0.4, "high": 0.6}
_FIGURES: dict[str, Any] = {
    "n": 9,
    **dict.fromkeys(("fitness", "quality", "latency_ms", "tokens", "repairs"), _MEAN),
    "latency_p50": 1.0,
    "latency_p95": 2.0,
}
_ACTIVE = ("@", "http", "www.", "#1", "GH-", "<", "`", "$", "::", "##[", "~~", "](")


def hostile_review(rng: Random) -> tuple[Review, int]:
    """Returns a review, and how many hostile answers are in it."""
    return Review(text(rng), text(rng), (_change(rng),), 3, (text(rng),), (text(rng),)), 2 * FLIPS


def _change(rng: Random) -> SuiteChange:
    name = text(rng)
    entry = Entry.model_validate(
        {
            "genome": {"model": name, text(rng): text(rng)},
            "output": {"format": "text"},
            "models": {name: {"reference": text(rng), "digest": text(rng)}},
            "figures": {"after": _FIGURES},
            "quality": {},
            "search": text(rng),
            "recordings": text(rng),
            "texts": {text(rng): {"operator": text(rng), "diagnosis": text(rng)}},
            "target": text(rng),
            "fingerprints": {},
        }
    )
    return SuiteChange(
        name=name,
        folder=text(rng),
        word=rng.choice([each for each in Word if each is not Word.REMOVED]),
        conditions=frozenset({Condition.UNCONFIRMED}),
        entries=(None, entry),
        outcomes=(None, Outcomes(entry, {}, {})),
        evidence=Evidence("search", why=text(rng))
        if rng.random() < 0.5
        else Evidence("all", n=5, difference=Estimate(0.1, 0.0, 0.2, 5), p_value=0.5),
        tested=9,
        figures=Figures((Figure("fitness", None, entry.figures["after"].fitness),), (9, 9), True),
        flips=Flips(tuple(_flip(rng) for _ in range(FLIPS + 2)), 30, 2, 3, 1),
        prompt=PromptChange(
            (PromptPart("user", text(rng), text(rng)), PromptPart("system", None, text(rng))),
            (PromptPart(text(rng), text(rng), text(rng)),) if rng.random() < 0.5 else (),
        ),
        golden=GoldenChanges((word(rng), word(rng)), (word(rng),), (word(rng),)),
        staleness=Staleness((text(rng),), text(rng), "unknown", 3, 4),
        weights=Weights(text(rng), text(rng), text(rng)),
        tags=(TagRow(text(rng), 3, (1, 2), 1, 0),),
        settings=(("Code: ", Foreign(text(rng)), "."),),
        lost_evidence=False,
        is_suite_gone=False,
        is_suite_new=False,
    )


def _flip(rng: Random) -> Flip:
    before = text(rng)
    return Flip(
        example=word(rng),
        kind=rng.choice(("fails now", "passes now", "scores lower")),
        qualities=(0.5, 0.2),
        expected=rng.choice((None, text(rng))),
        before=before,
        after=rng.choice((before, before + text(rng), text(rng))),
        is_cut=rng.random() < 0.1,
        tags=(text(rng), text(rng)),
        is_unseen=rng.choice((None, True, False)),
        is_edited=rng.random() < 0.1,
        draws=rng.choice((1, 3)),
        has_same_answer=rng.random() < 0.2,
    )


def got_out(review: Review) -> list[str]:
    """Returns what of a hostile review is active in one of its formats; nothing if all is well."""
    return [*in_markdown(markdown(review)), *_in_text(plain_text(review)), *_in_json(review)]


def in_markdown(page: str) -> list[str]:
    """Returns what is active on a page of Markdown."""
    found, shown = list[str](), seen(page)
    found += [f"markdown: {each}" for each in shown.wrong]
    found += [f"markdown: comment {each!r}" for each in shown.comments[1:]]
    if not page.startswith(f"{MARKER}\n\n"):
        found.append("markdown: it does not start with its marker")
    if CANARY in shown.told:
        found.append("markdown: foreign text outside of code")
    alert = shown.told.replace("[!", "").replace("&", "")
    found += [f"markdown: {each} outside of code" for each in _ACTIVE if each in alert]
    if len(page) > COMMENT:
        found.append(f"markdown: {len(page)} characters")
    if page != printable(page):
        found.append("markdown: invisible or steering characters")
    return found


def _in_text(told: str) -> list[str]:
    found = [] if told == printable(told) else ["text: steering characters"]
    rows = [row for row in told.splitlines() if row.lstrip().startswith(("::", "##["))]
    found += [f"text: {row[:60]}" for row in rows]
    if len(told) > COMMENT:
        found.append(f"text: {len(told)} characters")
    return found


def _in_json(review: Review) -> list[str]:
    told = as_json(review)
    json.loads(told)
    if told != printable(told):
        return ["json: a terminal would get another text"]
    return [] if told.isascii() and told.replace("\n", "").isprintable() else ["json: not ASCII"]
