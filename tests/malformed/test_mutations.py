from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.errors import InputError

from .valid import FILES, contents, read, write_project

if TYPE_CHECKING:
    from pathlib import Path

WHERE = re.compile(r"[\w.]+\.(yaml|jsonl|csv|lock|json):[1-9]\d*: ")
VALUES = [
    "7", "-1", "0.5", "1e999", "true", "no", "null", "~", "''", '""', "[]", "{}", "[a]", "{a: 1}",
    '{"a": 1}', "007", ".nan", "NaN", "&a b", "*a", "!!int 7", "{{x}}", "- a", "|", "<<<<<<< HEAD",
    "=======", "---", "\t", "\x00", "\ufeff", "\u2028", "\ud7ff", "../../etc/passwd", "x" * 300,
]  # fmt: skip
TOKEN = re.compile(rb"[\w.\-]+|\"[^\"]*\"|\[[^\]]*\]|\{[^}]*\}")

Mutation = Callable[[bytes], bytes]
at = st.integers(0, 10_000)


def delete_row(first: int) -> Mutation:
    def mutate(raw: bytes) -> bytes:
        rows = raw.splitlines(keepends=True) or [b""]
        del rows[first % len(rows)]
        return b"".join(rows)

    return mutate


def duplicate_row(first: int, second: int) -> Mutation:
    def mutate(raw: bytes) -> bytes:
        rows = raw.splitlines(keepends=True) or [b""]
        rows.insert(second % len(rows), rows[first % len(rows)])
        return b"".join(rows)

    return mutate


def swap_rows(first: int, second: int) -> Mutation:
    def mutate(raw: bytes) -> bytes:
        rows = raw.splitlines(keepends=True) or [b""]
        one, other = first % len(rows), second % len(rows)
        rows[one], rows[other] = rows[other], rows[one]
        return b"".join(rows)

    return mutate


def truncate(first: int) -> Mutation:
    return lambda raw: raw[: first % (len(raw) + 1)]


def insert(first: int, extra: bytes) -> Mutation:
    def mutate(raw: bytes) -> bytes:
        place = first % (len(raw) + 1)
        return raw[:place] + extra + raw[place:]

    return mutate


def flip_value(first: int, value: str) -> Mutation:
    def mutate(raw: bytes) -> bytes:
        tokens = list(TOKEN.finditer(raw))
        if not tokens:
            return value.encode()
        token = tokens[first % len(tokens)]
        return raw[: token.start()] + value.encode() + raw[token.end() :]

    return mutate


mutations = st.one_of(
    st.builds(delete_row, at),
    st.builds(duplicate_row, at, at),
    st.builds(swap_rows, at, at),
    st.builds(truncate, at),
    st.builds(insert, at, st.binary(min_size=1, max_size=6)),
    st.builds(insert, at, st.sampled_from(VALUES).map(str.encode)),
    st.builds(flip_value, at, st.sampled_from(VALUES)),
)


def problem_with(path: Path) -> str | None:
    try:
        read(path)
    except InputError as bad:
        return str(bad)
    return None


def check(folder: Path, name: str, raw: bytes) -> None:
    """Reads a file that may be malformed: it loads, or the error names file and line."""
    if not (folder / "shots.csv").exists():
        write_project(folder)
    (folder / name).write_bytes(raw)
    before = contents(folder)
    said = problem_with(folder / name)
    assert said is None or WHERE.search(said), said
    assert contents(folder) == before


@pytest.mark.parametrize("name", FILES)
@given(st.lists(mutations, min_size=1, max_size=3))
def test_a_mutated_file_loads_or_names_file_and_line(
    tmp_path: Path, name: str, changes: list[Mutation]
) -> None:
    raw = FILES[name].encode()
    for mutate in changes:
        raw = mutate(raw)
    check(tmp_path, name, raw)


@pytest.mark.parametrize("name", FILES)
@given(st.binary(max_size=60))
def test_random_bytes_load_or_name_file_and_line(tmp_path: Path, name: str, raw: bytes) -> None:
    check(tmp_path, name, raw)


@pytest.mark.parametrize("name", FILES)
@given(st.text(alphabet="abk:-{}[]\"'|>&*!%@#?,. \n\t\\0", max_size=60))
def test_random_syntax_loads_or_names_file_and_line(tmp_path: Path, name: str, text: str) -> None:
    check(tmp_path, name, text.encode())


@pytest.mark.parametrize("name", FILES)
def test_a_file_cut_off_anywhere_loads_or_names_file_and_line(tmp_path: Path, name: str) -> None:
    raw = FILES[name].encode()
    for end in range(0, len(raw), 17):
        check(tmp_path, name, raw[:end])
