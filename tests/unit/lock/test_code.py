from __future__ import annotations

import pytest

from pytest_promptevo.lock.code import other_code

ROOT = {"conftest.py": "1", "grading/close.py": "2"}
ABOVE = {"prompts/conftest.py": "1", "prompts/grading/close.py": "2"}


@pytest.mark.parametrize(
    ("locked", "now", "others"),
    [
        ({}, {}, []),
        ({}, ROOT, ["conftest.py", "grading/close.py"]),
        (ROOT, {}, ["conftest.py", "grading/close.py"]),
        (ROOT, ROOT, []),
        (ROOT, ABOVE, []),
        (ABOVE, ROOT, []),
        (ROOT, {**ABOVE, "prompts/conftest.py": "3"}, ["prompts/conftest.py"]),
        (ABOVE, {**ROOT, "conftest.py": "3"}, ["conftest.py"]),
        (ROOT, {**ABOVE, "conftest.py": "4"}, ["conftest.py"]),
        (ROOT, {"p/conftest.py": "3"}, ["conftest.py", "grading/close.py", "p/conftest.py"]),
        ({"conftest.py": "1"}, {"conftest.py": "2"}, ["conftest.py"]),
        ({"a/x.py": "1", "b/x.py": "1"}, {"a/x.py": "1", "b/x.py": "2"}, ["b/x.py"]),
        ({"x.py": "1"}, {"ax.py": "1"}, ["ax.py", "x.py"]),
    ],
)  # fmt: skip
def test_files_are_the_same_wherever_pytest_ran(
    locked: dict[str, str], now: dict[str, str], others: list[str]
) -> None:
    assert other_code(locked, now) == others
