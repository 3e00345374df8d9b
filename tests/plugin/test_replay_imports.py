"""What a replay of committed recordings does not need, it does not import."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

CONFTEST = """
import sys

def pytest_unconfigure(config):
    for name in sorted(sys.modules):
        if name.startswith("pytest_promptevo."):
            print("imported", name.removeprefix("pytest_promptevo."))
"""

NOT_NEEDED = {
    "base.private_folder",
    "base.sqlite_files",
    "base.yaml_writer",
    "lock.entry_text",
    "lock.merge",
    "lock.merged",
    "plugin.evolution",
    "plugin.folding",
    "plugin.prepare",
    "project.accepting",
    "project.baseline",
    "project.beside",
    "project.commit",
    "project.evolution",
    "project.one_change",
    "project.partial",
    "project.searching",
    "recording.coordination",
    "recording.database",
    "recording.presence",
    "recording.store",
    "reports.candidate_text",
    "reports.search_model",
    "reports.search_text",
}


def imported(project) -> set[str]:
    result = project.spawn("-s", "-p", "no:randomly", "-p", "no:xdist")
    words = [line.split() for line in result.outlines if line.startswith("imported ")]
    return {name for _, name in words}


def test_a_replay_imports_neither_store_nor_search_nor_what_writes(project):
    project.suite()
    project.accept()
    project.write("conftest.py", CONFTEST)
    project.env(CI="true")
    found = imported(project)
    assert "project.verdict" in found
    assert not NOT_NEEDED & found


@pytest.mark.parametrize("name", sorted(NOT_NEEDED))
def test_the_list_names_modules_that_there_are(name):
    assert find_spec(f"pytest_promptevo.{name}")
