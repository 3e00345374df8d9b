"""Modelled and measured latency are shown side by side."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.reports.model import RunReport, SuiteReport
from pytest_promptevo.reports.search_model import SearchReport
from pytest_promptevo.reports.search_text import before_after, search_text
from pytest_promptevo.reports.terminal import run_lines, suites_table

FIGURES = figures([Score(1.0, 10, 7), Score(0.0, 20, 9, 1)], Objectives())


def suite(**changes: Any) -> SuiteReport:
    return SuiteReport(
        "orders", "locked", FIGURES, 2, 0.8, passes=False, passed=1, tested=2, **changes
    )


def search(**changes: Any) -> SearchReport:
    return SearchReport(
        suite="orders",
        calls=30,
        paid=4,
        stopped="converged",
        history=(),
        search_calls=0,
        found=0.0,
        before=FIGURES,
        after=FIGURES,
        is_held_out=True,
        changes=(),
        accepted=True,
        reason="confirmed",
        **changes,
    )


@pytest.mark.parametrize(
    ("measured", "cell"), [(None, " 15/20  "), (1410.4, " 15/20 (measured 1,410)  ")]
)
def test_a_suite_shows_both(measured: float | None, cell: str) -> None:
    assert cell in suites_table([suite(measured_p50=measured)]).splitlines()[-1]


def test_a_search_shows_both() -> None:
    names = [row[0] for row in before_after(search())]
    assert "  measured" not in names
    rows = before_after(search(measured=(1410.26, 733.0)))
    assert rows[names.index("latency_ms") + 1] == ["  measured", "1410.3 ms", "733.0 ms"]


def test_what_a_search_has_to_say_beside_its_verdict_is_told() -> None:
    assert "orders: side by side" in search_text(search(notes=("side by side",))).splitlines()


def test_a_suite_says_why_its_latency_is_as_measured() -> None:
    assert "orders: not explained" in run_lines(RunReport((suite(latency="not explained"),)))
