"""Texts of others on the page: shown, bounded, and inert."""

from __future__ import annotations

import json
import random
import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.improve.search_record import write_record
from pytest_promptevo.page.build import html_of
from pytest_promptevo.page.sections.data import suites_of
from pytest_promptevo.page.sections.genes import genes_of
from pytest_promptevo.page.texts import LONGEST, block, line, value

from .hostile_texts import MARKS, hostile_texts
from .making import hostile, page_of, search_record
from .reading import active, read, text_of

if TYPE_CHECKING:
    from pathlib import Path

LOUD = (
    "<script>alert(1)</script>",
    "</pre></dd><img src=x onerror=alert(1)>",
    "</style><style>*{display:none}</style>",
    "<svg onload=alert(1)><a href='javascript:alert(1)'>x</a></svg>",
    '" onmouseover="alert(1)" x="',
    "{{ 7 * 7 }}{% for x in y %}",
    "<!-- <base href=//evil.example> -->",
    "[x](javascript:alert(1)) ![y](http://evil.example/y.png) @everyone #1 `code` ```",
    "\x1b[2J\x1b]8;;http://evil.example\x07click\x1b]8;;\x07",
    "\u202egnp.exe\u2066\u2069\u200b\ufeff",
    "a\ud800b\udfff",
    "\x00\x01\r\n\x0b\x0c\x85\u2028\u2029",
    "&lt;b&gt; &amp; &#60;script&#62;",
    "]]><![CDATA[<x>",
    "e" + "\u0301" * 500,
)


@pytest.mark.parametrize("text", LOUD, ids=range(len(LOUD)))
def test_a_hostile_text_is_inert_wherever_it_stands(text: str) -> None:
    reader = read(hostile(text))
    assert active(reader) == []
    assert not MARKS & set(text_of(reader))
    shown = " ".join(block(text).split())
    assert shown in text_of(reader)


@pytest.mark.parametrize("text", ["\x1b[2J\u202e", "\ud800", '"' * 1_000_000], ids=range(3))
def test_why_a_search_ended_is_bounded_and_visible(text: str, tmp_path: Path) -> None:
    record = search_record("x")
    path = tmp_path / ".promptevo" / "orders.search.json"
    write_record(path, record)
    data = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**data, "reason": text}), "utf-8")
    lock, genome = str(tmp_path / "promptevo.lock"), record.tried[record.found].genome
    html = html_of(page_of([1.0, 0.0], has_costs=False, lock=lock, genome=genome))
    assert len(html.encode()) < 100_000
    assert not MARKS & set(text_of(read(html)))
    assert "The genome that it found was accepted: " in text_of(read(html))


@pytest.mark.parametrize("text", LOUD[:8], ids=range(8))
def test_a_hostile_record_of_a_search_is_inert_and_in_no_picture(text: str, tmp_path: Path) -> None:
    record = search_record(text)
    write_record(tmp_path / ".promptevo" / "orders.search.json", record)
    lock, genome = str(tmp_path / "promptevo.lock"), record.tried[record.found].genome
    html = html_of(page_of([1.0, 0.0], has_costs=False, lock=lock, genome=genome))
    reader = read(html)
    assert active(reader) == []
    assert not MARKS & set(text_of(reader))
    assert "Fitness over the search" in text_of(reader)
    assert line(f"2{text}") in text_of(reader)
    drawn = {told.strip() for path, told in reader.texts if "svg" in path}
    words = {"quality", "tokens", "fitness", "calls spent by the search", "before", "locked", "1"}
    assert (
        drawn - words - {""}
        == {each for each in drawn if re.fullmatch(r"[−-]?[\d.]+", each)} - words
    )


@pytest.mark.parametrize(
    "values",
    [
        [5, None, {}],
        [["a"], 5, []],
        [True, 1, 1.0],
        [10**400, -1, 0.5],
        [[[[]]], "x", {"y": [{}]}],
        list(range(3)),
    ],
    ids=range(6),
)
@pytest.mark.parametrize("gene", ["shots", "temperature", "instruction"])
def test_genes_of_any_value_are_shown(gene: str, values: list[object], tmp_path: Path) -> None:
    record = search_record("x")
    tried = [
        each.model_copy(update={"genome": {gene: given}})
        for each, given in zip(record.tried, values, strict=True)
    ]
    path = tmp_path / ".promptevo" / "orders.search.json"
    write_record(path, record.model_copy(update={"tried": tried}))
    lock = str(tmp_path / "promptevo.lock")
    page = page_of([1.0, 0.0], has_costs=False, lock=lock, genome={gene: values[1]})
    suites = suites_of(page.records, page.shown)
    assert suites[0].search is not None
    genes = genes_of(suites[0])
    assert genes is not None
    assert sum(row.n for effect in genes.effects for row in effect.rows) in (0, 3)


def test_many_numbers_are_shown_as_ranges(tmp_path: Path) -> None:
    record = search_record("x")
    tried = [record.tried[at % 3].model_copy(update={"genome": {"t": at / 8}}) for at in range(40)]
    path = tmp_path / ".promptevo" / "orders.search.json"
    write_record(path, record.model_copy(update={"tried": tried}))
    lock = str(tmp_path / "promptevo.lock")
    page = page_of([1.0], has_costs=False, lock=lock, genome={"t": 0.0})
    genes = genes_of(suites_of(page.records, page.shown)[0])
    assert genes is not None
    rows = genes.effects[0].rows
    assert sorted(row.value for row in rows) == [
        "0 to 1.125",
        "1.25 to 2.375",
        "2.5 to 3.625",
        "3.75 to 4.875",
    ]
    assert {row.n for row in rows} == {10}


def test_templates_do_not_read_values_as_templates() -> None:
    assert "{{ 7 * 7 }}" in text_of(read(hostile("{{ 7 * 7 }}")))


def test_five_hundred_fuzzed_texts_are_inert() -> None:
    rng = random.Random(16)
    elements = None
    for text in hostile_texts(rng, 500):
        html = hostile(text)
        reader = read(html)
        assert active(reader) == [], repr(text)
        assert not MARKS & set(text_of(reader)), repr(text)
        assert len(html) < 400_000
        names = {(each.tag, *sorted(each.attributes)) for each in reader.elements}
        elements = elements or names
        assert names <= elements | {("ins",), ("del",), ("pre",), ("pre", "class")}, repr(text)


def test_ten_megabytes_are_cut_and_counted() -> None:
    text = "<b>\x1b" * 2_500_000
    assert len(text) == 10_000_000
    html = hostile(text)
    assert len(html.encode()) < 1_000_000
    assert active(read(html)) == []
    assert f"[… {10_000_000 - LONGEST:,} more characters]" in html


def test_texts_stay_within_their_bounds() -> None:
    for text in ("\x00" * 10**6, "\U000e0001" * 10**6, "x" * 10**6, " \n" * 10**6):
        assert len(block(text)) <= 2 * LONGEST + 50
        assert len(line(text)) <= 160
    assert line("a\n  b\tc") == "a b c"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("text", "text"),
        (["a", "b"], "a, b"),
        ([], "none"),
        (None, "null"),
        (True, "true"),
        (0.5, "0.5"),
        ({"a": [1]}, '{"a": [1]}'),
        ({"a": ["b" * 100]}, f'{{\n "a": [\n  "{"b" * 100}"\n ]\n}}'),
    ],
)
def test_values_are_shown_as_people_write_them(given: object, told: str) -> None:
    assert value(given) == told


def test_values_without_end_are_shown_all_the_same() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert len(value(deep)) <= 2 * LONGEST + 50


def test_what_is_hidden_is_written_out_and_letters_of_all_scripts_stay() -> None:
    assert block("\u202e") == "\\u202e"
    assert block("naïve 北京 שלום مرحبا 🎉 é") == unicodedata.normalize(
        "NFC", "naïve 北京 שלום مرحبا 🎉 é"
    )
