from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_promptevo.evolve import Progress
from pytest_promptevo.plugin import live
from pytest_promptevo.project.reporter import search_state


def told(monkeypatch, **changes):
    """Returns what is said of a search on something that is no terminal."""
    lines = []
    reporter = SimpleNamespace(
        isatty=False,
        ensure_newline=lambda: None,
        write_line=lines.append,
        _tw=SimpleNamespace(flush=lambda: None),
    )
    config = SimpleNamespace(
        get_verbosity=lambda: 0,
        pluginmanager=SimpleNamespace(get_plugin=lambda _name: reporter),
    )
    monkeypatch.setattr(live, "_EVERY_S", 0.0)
    state = {
        "strategy": "racing",
        "phase": "generation 1",
        "generation": 1,
        "calls": 10,
        "budget_calls": 1000,
        "evaluations": 10,
        "best_fitness": 0.5,
        "elapsed_s": 5.0,
    }
    live.LiveLine(config).show(search_state("order", Progress(**{**state, **changes})))
    return lines


@pytest.mark.parametrize("calls", [0, 10, 199])
def test_the_time_left_is_not_told_before_there_is_a_basis(monkeypatch, calls):
    assert told(monkeypatch, calls=calls) == [
        f"promptevo: order: generation 1, {calls} of 1000 calls beside baseline and test, "
        "best fitness 0.500"
    ]


@pytest.mark.parametrize(("calls", "left"), [(200, 400), (500, 100), (1000, 0), (1003, 0)])
def test_the_time_left_follows_from_the_calls_so_far(monkeypatch, calls, left):
    (line,) = told(monkeypatch, calls=calls, elapsed_s=100.0)
    assert line.endswith(f", best fitness 0.500, at most about {left} s left")


def test_without_a_bound_on_calls_there_is_no_time_left(monkeypatch):
    (line,) = told(monkeypatch, budget_calls=None, elapsed_s=100.0)
    assert (
        line
        == "promptevo: order: generation 1, 10 calls beside baseline and test, best fitness 0.500"
    )
