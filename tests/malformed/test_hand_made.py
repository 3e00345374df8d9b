from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.errors import GoldenError, InputError, LockError, RecordingError, SuiteError

from . import committed, goldens, locks, suites
from .valid import FILES, Case, contents, read, write_project

if TYPE_CHECKING:
    from pathlib import Path

TABLES = {
    suites.NAME: suites.CASES,
    **goldens.BY_NAME,
    "promptevo.lock": locks.CASES,
    "recordings.jsonl": committed.CASES,
}
ERRORS = {
    suites.NAME: (SuiteError,),
    **dict.fromkeys(goldens.BY_NAME, (GoldenError,)),
    "promptevo.lock": (LockError,),
    "recordings.jsonl": (RecordingError,),
}
ALL = [
    pytest.param(name, case, id=f"{name}-{at}-{case.said[:30]!a}")
    for name, cases in TABLES.items()
    for at, case in enumerate(cases)
]


@pytest.mark.parametrize("name", FILES)
def test_the_files_that_the_cases_start_from_are_valid(tmp_path: Path, name: str) -> None:
    write_project(tmp_path)
    assert read(tmp_path / name)


@pytest.mark.parametrize(("name", "case"), ALL)
def test_an_error_names_file_and_line_and_nothing_is_written(
    tmp_path: Path, name: str, case: Case
) -> None:
    write_project(tmp_path)
    raw = case.text if isinstance(case.text, bytes) else case.text.encode()
    (tmp_path / name).write_bytes(raw)
    before = contents(tmp_path)
    with pytest.raises(InputError) as caught:
        read(tmp_path / name)
    assert isinstance(caught.value, ERRORS[name])
    assert f"{name}:{case.line}: " in str(caught.value)
    assert case.said in str(caught.value)
    assert contents(tmp_path) == before


@pytest.mark.parametrize("case", locks.CASES)
def test_every_lock_that_cannot_be_read_says_how_to_get_back_a_good_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    raw = case.text if isinstance(case.text, bytes) else case.text.encode()
    (tmp_path / "promptevo.lock").write_bytes(raw)
    with pytest.raises(LockError) as caught:
        read(tmp_path / "promptevo.lock")
    if case.said == locks.MERGED:
        assert "--promptevo-update-lock takes each entry from the side" in caught.value.hint
    elif case.said == "version 3 of the lock is not known":
        assert caught.value.hint == "a newer pytest-promptevo has written it: update yours"
    else:
        assert caught.value.hint == locks.RESTORE


def test_there_are_more_than_200_hand_made_files() -> None:
    made = {(name, case.text) for name, cases in TABLES.items() for case in cases}
    assert len(made) >= 200


def test_each_kind_of_file_has_its_share() -> None:
    assert all(len(cases) >= 15 for cases in TABLES.values())
