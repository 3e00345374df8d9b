"""Pictures: what they say in words, and that they hold what they draw."""

from __future__ import annotations

import re

import pytest

from pytest_promptevo.page.charts.front import front_picture
from pytest_promptevo.page.charts.history import history_picture
from pytest_promptevo.page.charts.shares import shares_picture
from pytest_promptevo.page.charts.strips import strips_picture
from pytest_promptevo.page.charts.theme import FORBIDDEN

from .making import search_record

NAMES = {0: "before", 1: "found", 2: "1"}


def words(svg: str) -> list[str]:
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_the_front_names_the_genomes_and_shades_what_limits_forbid() -> None:
    record = search_record("x")
    free = front_picture(record, NAMES, "tokens", {})
    assert {"before", "found", "1", "quality", "tokens"} <= set(words(free.svg))
    assert free.alt == (
        "3 genomes of the search; the best has quality 0.60. before: quality 0.00 at 5, "
        "found: quality 0.30 at 6, 1: quality 0.60 at 7"
    )
    assert FORBIDDEN not in free.svg
    limits = {"quality": {"min": 0.2}, "tokens": {"max": 6.5, "p95_max": 1.0}}
    limited = front_picture(record, NAMES, "tokens", limits)
    assert limited.svg.count(FORBIDDEN) == 2
    assert "Shaded is what a hard limit forbids" in limited.caption


def test_limits_that_nothing_breaks_shade_nothing() -> None:
    record = search_record("x")
    limits = {"quality": {"min": -1.0}, "tokens": {"max": 500.0}}
    assert FORBIDDEN not in front_picture(record, NAMES, "tokens", limits).svg


def test_genomes_that_are_left_out_are_counted() -> None:
    record = search_record("x").model_copy(update={"genomes": 1003})
    told = front_picture(record, NAMES, "latency_ms", {}).caption
    assert told.endswith("1,000 more genomes saw less and are left out.")


def test_the_history_goes_from_the_first_to_the_last_and_tells_the_test() -> None:
    told = history_picture(search_record("x"), "found")
    assert told.alt.startswith(
        "The recommended genome's fitness went from 0.000 to 0.100 in 10 calls; on all examples "
        "the old genome has "
    )
    assert words(told.svg).count("found") == 1
    assert "12" not in words(told.svg)  # the axis of calls ends with the search


def test_a_search_without_a_step_has_a_history_too() -> None:
    record = search_record("x").model_copy(update={"trace": [], "search_calls": 0})
    assert "from 0.100 to 0.100 in 0 calls" in history_picture(record, "found").alt


def test_strips_of_many_examples_are_no_larger_than_of_some() -> None:
    few = strips_picture({"locked": [float(at) for at in range(200)]}, "Latency", "ms")
    many = strips_picture({"locked": [float(at) for at in range(20_000)]}, "Latency", "ms")
    assert len(many.svg) < 1.1 * len(few.svg)
    assert many.alt == "locked: median 10,000, 95th percentile 18,999"


def test_values_that_are_all_the_same_make_a_strip() -> None:
    assert strips_picture({"a": [5.0, 5.0], "b": [5.0]}, "Tokens", "tokens").svg.startswith("<svg")


def test_shares_end_where_the_last_allocation_holds() -> None:
    at = 1_700_000_000.0
    made = [
        (at, {"genome": 0.9, "candidate-1": 0.1}),
        (at + 3600, {"genome": 0.5, "candidate-1": 0.5}),
    ]
    told = shares_picture(made, ["genome", "candidate-1"], at + 7200)
    assert told.alt == (
        "Shares from 2023-11-14 22:13:20 UTC to 2023-11-15 00:13:20 UTC; now genome 50.0%, "
        "candidate-1 50.0%"
    )
    assert told.caption.startswith("2 allocations")
    assert {"genome", "candidate-1"} <= set(words(told.svg))


@pytest.mark.parametrize("cost", ["tokens", "latency_ms"])
def test_the_same_data_make_the_same_picture(cost: str) -> None:
    record = search_record("x")
    assert front_picture(record, NAMES, cost, {}) == front_picture(record, NAMES, cost, {})
