"""Foreign text in a report is code and nothing else; the note of a night."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.errors import StateBusy
from pytest_promptevo.night.nights import Night, NightFolder
from pytest_promptevo.night.report import code, report


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
    text = report(Night(7, 0.0), {"`a` @all": ["done"], "b": []})
    assert text.startswith("# Night 7\n\n## `` `a` @all ``\n\n* done\n\n## `b`\n")


def test_a_night_is_gone_on_with_for_a_day(tmp_path):
    folder = NightFolder(tmp_path / "promptevo.lock")
    with folder.alone():
        now = 20_000 * 86_400.0
        night = folder.night(now)
        assert night.number == 20_000
        night.done["a"] = ["x"]
        folder.save(night)
        assert folder.night(now + 3_600) == night
        assert folder.night(now + 90_000).number == 20_001
        night.finished = True
        folder.save(night)
        assert folder.night(now + 3_600) == Night(20_001, now + 3_600)


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
