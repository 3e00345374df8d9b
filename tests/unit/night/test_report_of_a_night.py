"""Foreign text in a report is code and nothing else; the note of a night."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.errors import SettingsError, StateBusy
from pytest_promptevo.night.night import Orders
from pytest_promptevo.night.nights import Night, NightFolder
from pytest_promptevo.night.report import check_report_path, code, report
from pytest_promptevo.project.settings import read_budget
from pytest_promptevo.state.opening import Place


@given(st.text())
def test_foreign_text_stays_within_its_code_span(text):
    span = code(text)
    assert "\n" not in span
    fence = span[: len(span) - len(span.lstrip("`"))]
    assert fence
    assert span.endswith(fence)
    inner = span[len(fence) : -len(fence)]
    assert not any(len(run) == len(fence) for run in _runs(inner))


def _runs(text):
    found, run = [], ""
    for letter in f"{text} ":
        if letter == "`":
            run += letter
        elif run:
            found.append(run)
            run = ""
    return found


def test_a_report_names_suites_and_what_became_of_them():
    text = report(Night(7, 1.7e9), {"`a` @all": ["done"], "b": []})
    assert "\nThe seed of its searches is 7 (`--night 7`).\n" in text
    assert text.startswith("# Night of 2023-11-14\n\n## `` `a` @all ``\n\n* done\n\n## `b`\n")


@pytest.mark.parametrize("number", [-3, 10**9 + 1, 10**30])
def test_a_number_that_is_none_is_refused(tmp_path, number):
    with pytest.raises(SettingsError, match="a night's number is a whole number from 0 to"):
        Orders(tmp_path / "promptevo.lock", Place.of(None, tmp_path / "lock"), number=number)


def test_a_budget_in_tokens_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="calls and time, not tokens: '900', '30m'"):
        Orders(tmp_path / "lock", Place.of(None, tmp_path / "lock"), read_budget("900 1ktok"))


def test_a_report_replaces_reports_alone(tmp_path):
    path = tmp_path / "report.md"
    check_report_path(path)
    for text in ("", report(Night(7, 0.0), {})):
        path.write_text(text)
        check_report_path(path)
    path.write_text("version: 2\n")
    with pytest.raises(SettingsError, match="is no report of a night"):
        check_report_path(path)


def test_a_night_is_gone_on_with_for_less_than_half_a_day(tmp_path):
    folder = NightFolder(tmp_path / "promptevo.lock")
    with folder.alone():
        now = 20_000 * 86_400.0
        night = folder.night(now)
        assert night.number == 20_000
        night.done["a"] = ["x"]
        folder.save(night)
        assert folder.night(now + 3_600) == night
        for later in (43_197, 86_397, 90_000):  # also where a job starts a little early
            assert folder.night(now + later) == Night(20_001, now + later)
        night.finished = True
        folder.save(night)
        assert folder.night(now + 3_600) == Night(20_001, now + 3_600)


def test_a_note_that_somebody_else_has_written_tells_nothing(tmp_path):
    folder = NightFolder(tmp_path / "promptevo.lock")
    with folder.alone():
        night = folder.night(86_400.0 * 5)
        night.done["a"] = ["searched"]
        folder.save(night)
        path = folder.path / "night.json"
        note = json.loads(path.read_text())
        assert folder.night(86_400.0 * 5 + 60).done == {"a": ["searched"]}
        note["done"]["a"] = ["![](https://example.org/seen)"]
        path.write_text(json.dumps(note))
        assert folder.night(86_400.0 * 5 + 60) == Night(6, 86_400.0 * 5 + 60)


@pytest.mark.parametrize("note", ["", "[]", "{}", '{"number": "x"}', json.dumps({"number": 3})])
def test_a_note_that_cannot_be_read_begins_a_new_night(tmp_path, note):
    folder = NightFolder(tmp_path / "promptevo.lock")
    with folder.alone():
        (folder.path / "night.json").write_text(note)
        assert folder.night(86_400.0 * 5).number == 5


def test_two_nights_do_not_work_at_once(tmp_path):
    first, second = (NightFolder(tmp_path / "promptevo.lock") for _ in range(2))
    with first.alone():
        with pytest.raises(StateBusy, match="another night is at work"), second.alone():
            pass
    with second.alone():
        assert (tmp_path / ".promptevo" / ".gitignore").read_text() == "*\n"
