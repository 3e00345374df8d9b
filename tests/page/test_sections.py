"""What the page says, by data made up for it."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.base.word_diff import Part
from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.improve.search_record import write_record
from pytest_promptevo.lock.parts import LockedText
from pytest_promptevo.page.build import POLICY, Page, html_of
from pytest_promptevo.page.gather import shown_example as shown_of
from pytest_promptevo.page.room import MOST_BYTES, Room
from pytest_promptevo.page.sections.axis import Axis
from pytest_promptevo.page.sections.data import suites_of
from pytest_promptevo.page.sections.grid import MOST_ROWS, grid_of
from pytest_promptevo.page.sections.order import by_interest
from pytest_promptevo.page.sections.outputs import MOST, outputs_of
from pytest_promptevo.page.sections.production import Production
from pytest_promptevo.page.sections.tags import tags_of
from pytest_promptevo.page.shown import Locked, ShownExample, from_plain, to_plain
from pytest_promptevo.page.texts import block, changed
from pytest_promptevo.project.against_lock import Standing
from pytest_promptevo.project.verdict_record import ExampleRecord, GateRecord
from pytest_promptevo.prompt import Example
from pytest_promptevo.reports.model import RunReport
from pytest_promptevo.reports.next_step import out_of_date

from .making import page_of, search_record, shown_example, shown_suite
from .reading import active, read, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.page.sections.data import SuiteData


def suite_of(page: Page) -> SuiteData:
    (suite,) = suites_of(page.records, page.shown)
    return suite


def test_a_page_has_nothing_but_its_own_elements() -> None:
    reader = read(html_of(page_of([1.0, 0.0, 0.5] * 4, before=[0.0] * 12)))
    assert active(reader) == []
    assert len([each for each in reader.elements if each.tag == "svg"]) == 2


def test_a_search_that_is_about_another_genome_is_left_out_with_its_time(tmp_path: Path) -> None:
    path, lock = tmp_path / ".promptevo" / "orders.search.json", str(tmp_path / "promptevo.lock")
    record = search_record("x").model_copy(update={"accepted": False})
    write_record(path, record)
    os.utime(path, (9e8, 9e8))  # as a copy may have it
    own = page_of([1.0], has_costs=False, lock=lock, genome=record.tried[record.before].genome)
    words = text_of(read(html_of(own)))
    assert "Fitness over the search" in words
    assert "The genome that it found was not accepted, so the one before stays: " in words
    assert "latest search here 2023-11-14 22:13:20 UTC, x, seed 0" in words
    words = text_of(read(html_of(page_of([1.0], has_costs=False, lock=lock))))
    assert "Fitness over the search" not in words
    assert "latest search here" not in words
    assert "other search the search that left a record here (2023-11-14 22:13:20 UTC) " in words


def test_what_changed_since_a_search_is_told_beside_its_pictures(tmp_path: Path) -> None:
    path, lock = tmp_path / ".promptevo" / "orders.search.json", str(tmp_path / "promptevo.lock")
    record = search_record("x").model_copy(update={"parts": {"prompt": "a", "golden": "b"}})
    write_record(path, record)
    genome = record.tried[record.found].genome
    for parts, told in ((record.parts, ""), ({"prompt": "a", "golden": "c"}, "golden; its")):
        words = text_of(read(html_of(page_of([1.0], lock=lock, genome=genome, parts=parts))))
        assert ("changed since the latest search here" in words) == bool(told)
        assert told in words


def test_a_genome_that_was_accepted_on_another_branch_is_not_said_to_be_the_tested_one(
    tmp_path: Path,
) -> None:
    path, lock = tmp_path / ".promptevo" / "orders.search.json", str(tmp_path / "promptevo.lock")
    record = search_record("x")
    write_record(path, record)
    for place, told in (
        (record.before, "was accepted, and is not the one that is tested here"),
        (record.found, "The genome that it found was accepted: x"),
    ):
        page = page_of([1.0], has_costs=False, lock=lock, genome=record.tried[place].genome)
        assert told in text_of(read(html_of(page)))


def test_a_part_of_a_suite_is_told_as_one() -> None:
    page = page_of([1.0, 0.0])
    page.records[:] = page.records[:1]  # type: ignore[index]
    assert "1 of 1 (of 2)" in text_of(read(html_of(page)))


def test_a_text_that_a_search_has_made_is_shown_with_its_origin() -> None:
    origin = LockedText(operator="reflect", examples=["a", "b"], diagnosis="It talks.").told
    page = page_of([1.0], locked=Locked(search="shipped", origins={"instruction": origin}))
    words = text_of(read(html_of(page)))
    assert "instruction reflect, in view of 2 examples: It talks. Only the number." in words


def test_its_policy_lets_nothing_run_and_nothing_load() -> None:
    (meta,) = [
        each.attributes["content"]
        for each in read(html_of(page_of([1.0]))).elements
        if each.attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert meta == POLICY == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_the_same_run_makes_the_same_page() -> None:
    assert html_of(page_of([1.0, 0.0], before=[0, 1])) == html_of(
        page_of([1.0, 0.0], before=[0, 1])
    )


def test_names_are_unique_and_links_lead_to_them() -> None:
    reader = read(html_of(page_of([1.0, 0.0, 0.5] * 30, before=[0.0] * 90)))
    names = [each.attributes["id"] for each in reader.elements if "id" in each.attributes]
    links = {
        each.attributes["href"]
        for each in reader.elements
        if each.attributes.get("href", "")[:1] == "#"
    }
    assert len(names) == len(set(names))
    assert links <= {f"#{name}" for name in names}
    assert len(links) > 90


def test_the_verdict_says_what_decides() -> None:
    text = text_of(read(html_of(page_of([1.0] * 9 + [0.0]))))
    assert "1 suite: 1 passing. 9 of 10 examples pass." in text
    assert "✓ pass 9 of 10 0.900 [0.596, 0.982]" in text
    text = text_of(read(html_of(page_of([0.0] * 9 + [1.0]))))
    assert "1 suite: 1 failing (orders). 1 of 10 examples pass." in text
    assert "fails fitness is below the threshold 0.5" in text


def test_examples_that_say_most_stand_first() -> None:
    page = page_of([1.0, 0.0, 1.0, 0.0, 1.0], before=[1.0, 1.0, 0.0, 0.0, 1.0])
    order = [each.example for each in by_interest(suite_of(page))]
    broken, mended, failing = "o-00001", "o-00002", "o-00003"
    assert order == [broken, mended, failing, "o-00000", "o-00004"]


def test_what_could_not_be_judged_stands_before_all() -> None:
    page = page_of([1.0, 1.0])
    page.records[:] = page.records[:1]  # type: ignore[index]
    page.shown[2] = shown_example(1, error="no recording: missing")  # type: ignore[index]
    suite = suite_of(page)
    assert by_interest(suite)[0].example == "o-00001"
    assert "not judged 1 example: o-00001" in text_of(read(html_of(page)))


def test_the_grid_has_a_mark_for_each_genome_and_counts_what_it_leaves_out() -> None:
    count = MOST_ROWS + 250
    grid = grid_of(suite_of(page_of([1.0] * count, before=[1.0] * count)), {})
    assert grid is not None
    assert [column.name for column in grid.columns] == ["before", "locked"]
    assert [column.passed for column in grid.columns] == [f"{count:,}/{count:,}"] * 2
    assert len(grid.rows) == MOST_ROWS
    ((rest, marks),) = grid.rest
    assert (rest, [mark.sign for mark in marks]) == (250, ["✓", "✓"])


def test_partial_quality_is_shown_with_its_mark() -> None:
    grid = grid_of(suite_of(page_of([0.42], before=[1.0])), {})
    assert grid is not None
    assert [mark.sign for mark in grid.rows[0].marks] == ["✓", "✗ .42"]


def test_one_genome_alone_has_no_grid() -> None:
    assert grid_of(suite_of(page_of([1.0, 0.0])), {}) is None


def test_answers_are_shown_with_what_changed_and_counted_beyond_the_bound() -> None:
    outputs = outputs_of(suite_of(page_of([1.0] * (MOST + 9), before=[0.0] * (MOST + 9))), "s1")
    assert (len(outputs.rows), outputs.more) == (MOST, 9)
    kinds = [(part.op, part.text) for part in outputs.rows[0].parts]
    assert kinds == [("gone", "It is "), ("same", "1000"), ("gone", ".")]


def test_long_texts_are_bounded_together() -> None:
    shown = {at: {"answer": "x" * 4000, "expected": "y" * 4000} for at in range(400)}
    outputs = outputs_of(suite_of(page_of([0.0] * 400, shown=shown)), "s1")
    assert 280 < len(outputs.rows) < 320
    assert outputs.more == 400 - len(outputs.rows)
    shared = outputs_of(suite_of(page_of([0.0] * 400, shown=shown)), "s1", Room(10))
    assert 28 <= len(shared.rows) < 33


def test_tags_stand_worst_first_with_intervals() -> None:
    rows = tags_of(suite_of(page_of([1.0, 0.0] * 10, before=[0.0] * 20))).rows
    assert [(row.tag, row.passed, row.n, row.before) for row in rows] == [
        ("odd", 0, 10, "0.000"),
        ("even", 10, 10, "0.000"),
    ]
    assert rows[0].quality == "0.000 [0.000, 0.278]"


def test_limits_and_fitness_of_tags_and_repairs_are_told_as_by_the_terminal() -> None:
    page = page_of([1.0, 0.0] * 2, has_costs=False)
    words = text_of(read(html_of(page)))
    assert "intervals fitness odd 0 of 2 " in words
    assert "tokens calls" in words
    told = replace(page.records[0].facts, tag_minima={"odd": 0.9})
    gate, repaired = page.records[-1], Score(0.5, repairs=0.5)
    scored = [
        replace(each, facts=told, score=repaired) if isinstance(each, ExampleRecord) else each
        for each in page.records
    ]
    assert isinstance(gate, GateRecord)
    scored[-1] = replace(gate, figures=figures([repaired] * 4, Objectives({"quality": 1.0})))
    words = text_of(read(html_of(replace(page, records=scored))))
    assert "intervals fitness needs even 2 of 2 " in words
    assert re.search(r"odd 0 of 2 [^a-z]+ 0\.500 0\.9 ", words)
    assert "tokens repairs calls" in words


def test_no_tags_no_table() -> None:
    assert tags_of(suite_of(page_of([1.0], shown={0: {"tags": ()}}))).rows == []


def test_without_a_search_the_page_says_that_it_has_no_pictures_of_one() -> None:
    text = text_of(read(html_of(page_of([1.0]))))
    assert "no search of this suite has left a record here" in text
    assert "Quality against" not in text


def test_ten_thousand_examples_fit_five_megabytes() -> None:
    count = 10_000
    long = {"inputs": (("message", block('北京<"> ' * 1000)),), "answer": block("'&<北京" * 1000)}
    shown = dict.fromkeys(range(count), long)
    page = page_of([float(at % 3 > 0) for at in range(count)], before=[0.0] * count, shown=shown)
    html = html_of(page)
    assert len(html.encode()) < 5_000_000
    text = text_of(read(html))
    assert "6,666 of 10,000 examples pass" in text
    assert "more examples are left out here" in text


def _of_suites(count: int, size: int, models: Any = (), **shown: Any) -> Page:
    pages = [
        page_of(
            [float(at % 3 > 0) for at in range(size)],
            before=[0.0] * size,
            has_costs=which % 5 == 0,
            shown=dict.fromkeys(range(size), shown),
            lock=f"/nowhere/{which}/promptevo.lock",
            models=models,
        )
        for which in range(count)
    ]
    return Page(
        [record for page in pages for record in page.records],
        [each for page in pages for each in page.shown],
        1.7e9,
    )


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (25, {}),
        (25, {"tags": tuple("<" * 39 + str(at) for at in range(10))}),
        (1, {"tags": tuple("<" * 39 + str(at) for at in range(10))}),
        (1, {"answer": block("It " + "a b " * 1000)}),
        (500, {"answer": block("'&<" * 1000)}),
    ],
)
def test_so_many_examples_of_any_suites_fit(count: int, shown: dict[str, Any]) -> None:
    html = html_of(_of_suites(count, 10_000 // count, **shown))
    assert len(html.encode()) <= MOST_BYTES
    text = text_of(read(html))
    assert "10,000 examples pass" in text
    assert "more examples are left out here" in text


@pytest.mark.parametrize(
    ("count", "tags"),
    [(400, tuple(f"{at}{chr(34) * 30}" for at in range(12))), (2_000, ("a",)), (10_000, ("a",))],
)
def test_suites_that_pass_are_told_in_full_last(count: int, tags: tuple[str, ...]) -> None:
    page = _of_suites(count, 10_000 // count, tags=tags, models=(("a" * 30, "'" * 600, ""),) * 12)
    html = html_of(replace(page, problems=["<" * 600] * 3_000))
    assert len(html.encode()) <= MOST_BYTES
    text = text_of(read(html))
    assert f"{count:,} suites: " in text
    assert "and 2,800 more" in text
    assert re.search(r"all but the row of [\d,]+ suites, for there is no room", text)
    assert ("that the headline counts" in text) == (count > 1_500)
    linked = re.findall(r'href="#(s\d+)"', html)
    assert linked
    assert linked == re.findall(r'<section class="suite" id="(s\d+)"', html)


def test_what_is_shown_crosses_processes_as_json() -> None:
    import json

    for shown in (
        *page_of([1.0, 0.0], before=[0.0, 1.0]).shown,
        shown_suite(limits={"t": {"max": 1.0}}),
    ):
        assert from_plain(json.loads(json.dumps(to_plain(shown)))) == shown


@pytest.mark.parametrize(
    ("low", "high"),
    [(0.0, 1.0), (-0.147, 0.756), (0.5, 0.5), (-1e9, 1e9), (1e-9, 2e-9), (-1e308, 1e308)],
)
def test_an_axis_has_few_round_ticks_within_it(low: float, high: float) -> None:
    axis = Axis.over([low, high])
    assert 1 <= len(axis.ticks) <= 7
    assert all(0 <= at <= 100 for at, _ in axis.ticks)
    assert 0 <= axis.at(low) <= axis.at(high) <= 100
    assert all(re.fullmatch(r"-?\d+(\.\d+)?(e[+-]\d+)?", text) for _, text in axis.ticks)


def test_an_axis_of_nothing_is_one_too() -> None:
    assert Axis.over([float("nan")]).at(float("nan")) == 0
    assert Axis.over([]).whisker(0.5, float("-inf"), float("inf")).low == 0


def test_texts_that_are_alike_are_shown_as_one() -> None:
    assert changed("the same", "the same") == [Part("same", "the same")]
    assert changed("a b c", "x y z") == []
    assert changed("order 12 is late", "order 13 is late") == [
        Part("same", "order "),
        Part("gone", "12"),
        Part("new", "13"),
        Part("same", " is late"),
    ]
    assert changed("a " * 5000, "b " * 5000) == []


def test_both_texts_can_be_read_in_what_is_shown() -> None:
    before, now = "one two, three four.", "one 2, three\nfour five."
    parts = changed(before, now)
    assert "".join(part.text for part in parts if part.op != "new") == before
    assert "".join(part.text for part in parts if part.op != "gone") == now


def test_figures_by_tag_are_those_of_the_report_whatever_of_the_tags_is_shown() -> None:
    page = page_of([1.0, 0.0, 1.0])
    long = "a tag of forty letters, and then some more: "
    tags = [(f"{long}one", *(f"t{at:02}" for at in range(12))), ("t11", f"{long}two"), ()]
    records: list[Any] = [
        replace(record, tags=given)
        for record, given in zip(page.records[:3], tags, strict=True)  # type: ignore[type-var]
    ]
    shown = [
        replace(each, tags=("t11", "t11")) if isinstance(each, ShownExample) else each
        for each in page.shown
    ]
    found = tags_of(suite_of(Page([*records, page.records[3]], shown, page.at)))
    told = {row.tag: (row.passed, row.n) for row in found.rows}
    assert told["t11"] == (1, 2)
    assert told["without a tag"] == (1, 1)
    assert len(found.rows) == 15
    assert [row.n for row in found.rows if row.tag.startswith(long[:30])] == [1, 1]


def test_tags_beyond_the_bound_are_counted() -> None:
    page = page_of([1.0, 0.0], shown={0: {"tags": tuple(f"t{at}" for at in range(100))}})
    found = tags_of(suite_of(page))
    assert (len(found.rows), found.more) == (60, 41)
    assert "41 more tags, of fewer examples, are left out here." in text_of(read(html_of(page)))


def test_what_is_out_of_date_is_told_as_the_terminal_tells_it() -> None:
    page = page_of([1.0, 1.0])
    facts = {"stale": ("the prompt",), "can_evolve": True}
    records: list[Any] = [
        replace(each, facts=replace(each.facts, **facts)) for each in page.records
    ]
    for was_searched in (False, True):
        report = RunReport.of(records, was_searched=was_searched)
        again = Page(records, page.shown, page.at, was_searched=was_searched)
        assert out_of_date(report.suites[0]) in text_of(read(html_of(again)))


def test_the_rollout_of_a_lock_is_not_that_of_another_suite_of_the_same_name() -> None:
    here = page_of([1.0], has_costs=False, lock="here/promptevo.lock")
    there = page_of([1.0], has_costs=False, lock="there/promptevo.lock")
    live = Production("stage 1 of 3", [], [], [], "", None)
    page = Page(
        [*here.records, *there.records],
        [*here.shown, *there.shown],
        here.at,
        production={
            ("there/promptevo.lock", "orders"): live,
            ("gone/promptevo.lock", "orders"): live,
        },
    )
    html = html_of(page)
    assert [
        'class="lead">stage 1 of 3' in part for part in html.split('<section class="suite"')[1:]
    ] == [False, True, True]


def test_suites_of_one_name_can_be_told_apart() -> None:
    pages = [page_of([0.0], has_costs=False, lock=f"{where}/promptevo.lock") for where in "ab"]
    page = Page(
        [record for page in pages for record in page.records],
        [each for page in pages for each in page.shown],
        pages[0].at,
    )
    words = text_of(read(html_of(page)))
    assert "2 suites: 2 failing (orders (a), orders (b))." in words
    assert "orders (a)" not in text_of(read(html_of(pages[0])))


def test_the_grid_counts_the_examples_of_the_page_and_no_others(tmp_path: Path) -> None:
    path, lock = tmp_path / ".promptevo" / "orders.search.json", str(tmp_path / "promptevo.lock")
    record = search_record("x")  # it knows "x", which is no example any more
    write_record(path, record)
    page = page_of([1.0], lock=lock, genome=record.tried[record.found].genome)
    grid = grid_of(suite_of(page), {})
    assert grid is not None
    told = [(column.name, column.passed) for column in grid.columns]
    assert told == [("before", "0/1"), ("locked", "1/1"), ("1", "1/1")]


def test_a_search_that_began_elsewhere_tells_nothing_of_what_was_replaced(tmp_path: Path) -> None:
    path, lock = tmp_path / ".promptevo" / "orders.search.json", str(tmp_path / "promptevo.lock")
    record = search_record("x")
    write_record(path, record)
    found = record.tried[record.found].genome
    page = page_of([1.0, 1.0], before=[1.0, 1.0], lock=lock, genome=found)
    column = page.shown[0].columns[0]  # type: ignore[index]
    only = replace(column, cells={"o-00001": column.cells["o-00001"]})
    page.shown[0] = replace(page.shown[0], columns=(only,))  # type: ignore[index,type-var]
    grid = grid_of(suite_of(page), {})
    assert grid is not None
    assert (grid.columns[0].name, grid.columns[0].passed) == ("before", "1/1")


def test_a_run_whose_tests_fail_is_not_told_as_one_that_passes() -> None:
    page = page_of([1.0, 0.0, 1.0, 0.0], shown={3: {"error": "gone"}})
    records = [
        replace(record, standing=Standing.FAILED)
        if isinstance(record, ExampleRecord) and not record.passed
        else record
        for record in page.records
        if not (isinstance(record, ExampleRecord) and record.example == "o-00003")
    ]
    words = text_of(read(html_of(Page(records, page.shown, page.at))))
    assert "2 of 3 examples pass. The tests of 2 examples fail." in words
    assert "fails 1 example: o-00001" in words
    drafts = [replace(each, facts=replace(each.facts, state="draft")) for each in records]
    words = text_of(read(html_of(Page(drafts, page.shown, page.at))))
    assert "The tests of" not in words
    assert "fails 1 example" not in words


def test_what_the_terminal_says_of_judges_drafts_parts_and_clocks_is_on_the_page() -> None:
    page = page_of([1.0, 1.0])
    facts = {"judges": ("judge",), "state": "draft"}
    records: list[Any] = [
        replace(record, facts=replace(record.facts, **facts)) for record in page.records
    ]
    records[0] = replace(records[0], measured_ms=1234.0)
    words = text_of(read(html_of(Page(records, page.shown, page.at))))
    assert "judge scorer judge is a model, which nobody has compared with people" in words
    assert "draft a draft without a lock entry: whatever it scores, it cannot fail" in words
    assert "100 / 101 (measured 668)" in words
    part = Page(records[1:2], page.shown, page.at)
    assert " 1 of 2 1.000 " in text_of(read(html_of(part)))


def test_inputs_tags_and_genes_that_are_left_out_are_counted() -> None:
    inputs = {f"i{at}": "x" for at in range(23)}
    example = Example("o-1", inputs, "1", tuple(f"t{at}" for at in range(14)))
    run = SimpleNamespace(suite=SimpleNamespace(name="orders"), lock_path="promptevo.lock")
    shown = shown_of(run, example, None)  # type: ignore[arg-type]
    assert shown.inputs[19:] == (("i19", "x"), ("…", "[… 3 more inputs]"))
    assert shown.tags[9:] == ("t9", "and 4 more")
    page = page_of([1.0], genome={f"g{at}": at for at in range(43)})
    assert "and 3 more genes" in text_of(read(html_of(page)))
