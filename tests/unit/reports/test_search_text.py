from __future__ import annotations

import re
from typing import Any

import pytest

from pytest_promptevo.evolve import Generation, Progress
from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.genome import Genome
from pytest_promptevo.project.reporter import search_state
from pytest_promptevo.reports.search_model import GeneChange, SearchReport
from pytest_promptevo.reports.search_text import search_text
from pytest_promptevo.reports.words import marked_words

BEFORE = figures([Score(0.0, 1421, 100)] * 4, Objectives())
AFTER = figures([Score(1.0, 781, 221)] * 4, Objectives())


def report(**changes: Any) -> SearchReport:
    values: dict[str, Any] = {
        "suite": "orders",
        "calls": 30,
        "paid": 4,
        "stopped": "converged",
        "history": (Generation(1, 24, 0.5, 0.25, 12, Genome({})),),
        "before": BEFORE,
        "after": AFTER,
        "is_held_out": True,
        "search_calls": 20,
        "found": 0.2,
        "changes": (GeneChange("how", "Extract.", "Only the number."),),
        "accepted": True,
        "reason": "confirmed on 4 held-out examples",
    }
    return SearchReport(**{**values, **changes})


def test_before_and_after_are_sums() -> None:
    lines = search_text(report()).splitlines()
    assert lines[-5:-3] == [
        "before: fitness -1.471 = quality 0.000 - latency 1.421 (1,421 ms) - tokens 0.050 (100)",
        "after:  fitness 0.11 = quality 1.00 - latency 0.78 (781 ms) - tokens 0.11 (221)",
    ]
    assert lines[-3:-1] == ["changed genes:", "  how: 'Extract.' -> 'Only the number.'"]


def test_the_columns_of_the_generations_are_explained() -> None:
    text = search_text(report())
    head = next(line for line in text.splitlines() if line.startswith("after generation"))
    for column in ("search calls", "fitness"):
        assert column in head
        assert f"  {column}: " in text


def test_the_last_row_of_the_generations_is_the_winner() -> None:
    text = search_text(report(search_calls=26, found=0.4321))
    assert re.search(r"^the end: winner +26 +0\.432$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("paid", "said"),
    [
        (4, "4 of the answers of baseline, search and test were asked of the model now"),
        (0, "no model was asked"),
    ],
)
def test_what_was_asked_of_the_model_is_told_beside_the_calls(paid: int, said: str) -> None:
    text = search_text(report(paid=paid))
    assert "orders: searched with 30 calls (converged); a call is an answer it needed" in text
    assert said in text


def test_a_search_without_a_better_genome_changed_nothing() -> None:
    assert "changed genes: none" in search_text(report(changes=(), accepted=False))


def test_the_report_of_a_search_fits_a_terminal() -> None:
    assert max(map(len, search_text(report()).splitlines())) <= 100


def test_proposals_are_told_beside_the_calls_and_why_some_were_refused() -> None:
    refused = ("it leaks", "it is there already", "it leaks")
    text = search_text(report(calls=494, proposals=14, refused=refused))
    assert "orders: searched with 480 calls + 14 proposals (converged); a call" in text
    assert "  proposals that were refused: 2 because it leaks, 1 because it is there" in text


def test_a_text_that_was_made_is_told_by_its_words() -> None:
    origin = "reflect, in view of 3 examples: It talks \x1b[31m."
    change = GeneChange("how", "Extract the number.", "Extract the\norder number.", origin)
    lines = search_text(report(changes=(change,))).splitlines()
    assert lines[-3:-1] == [
        "  how (reflect, in view of 3 examples: It talks \x1b[31m.)",
        "    Extract the {+order+} number.",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("a b c", "a b c", "a b c"),
        ("a b c", "a c", "a [-b-] c"),
        ("a c", "a\nb c", "a {+b+} c"),
        ("a b", "x y", "[-a b-]{+x y+}"),
        ("about 0.7", "about 0.5", "about 0.[-7-]{+5+}"),
        ("", "x", "{+x+}"),
        ("x", "", "[-x-]"),
        ("a", "b " * 3_000, f"[-a-]{{+{'b ' * 999}b+}} [... 3,999 letters ...]"),
    ],
)
def test_words_that_went_and_came(before: str, after: str, told: str) -> None:
    assert marked_words(before, after) == told


def test_the_line_of_a_search_that_runs_tells_proposals() -> None:
    progress = Progress("racing", "generation 2", 2, 64, 500, 50, 0.5, 3.0, proposals=4)
    assert search_state("orders", progress).startswith("orders: 60/500 calls + 4 proposals, best")
