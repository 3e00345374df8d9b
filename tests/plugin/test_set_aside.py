"""What a large collection has made is kept from the collector of garbage until the next run."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.plugin.set_aside import MANY, SetAside

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_many_tests_are_set_aside_and_given_back_by_the_next_run() -> None:
    aside = SetAside()
    aside.items([None] * (MANY - 1))
    assert gc.get_freeze_count() == 0
    aside.items([None] * MANY)
    assert gc.get_freeze_count() > 0
    aside.items([])
    assert gc.get_freeze_count() == 0


def test_what_others_have_set_aside_stays() -> None:
    gc.freeze()
    count = gc.get_freeze_count()
    aside = SetAside()
    aside.items([None] * MANY)
    aside.items([])
    assert gc.get_freeze_count() == count


def test_a_run_of_many_golden_examples_is_set_aside(project):
    project.suite(count=MANY)
    project.accept()
    project.write(
        "conftest.py",
        "import gc\n"
        "def pytest_terminal_summary(terminalreporter):\n"
        "    terminalreporter.write_line(f'set aside: {gc.get_freeze_count() > 0}')\n",
    )
    assert "set aside: True" in str(project.run().stdout)
    assert "set aside: False" in str(project.run("-k", "none").stdout)
