from __future__ import annotations

from types import SimpleNamespace

import pytest

from pytest_promptevo.evolve import Progress
from pytest_promptevo.plugin import live
from pytest_promptevo.project.reporter import search_state, share_of


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
        "elapsed_s": 0.5,
    }
    live.LiveLine(config).show(search_state("order", Progress(**{**state, **changes})))
    return lines


@pytest.mark.parametrize("calls", [0, 10, 199])
def test_the_time_left_is_not_told_before_there_is_a_basis(monkeypatch, calls):
    assert told(monkeypatch, calls=calls) == [
        f"promptevo: order: {calls}/1000 calls, best 0.500, generation 1"
    ]


@pytest.mark.parametrize(
    ("calls", "left"), [(200, "7 min"), (500, "2 min"), (1000, "1 s"), (1003, "1 s")]
)
def test_the_time_left_follows_from_the_calls_so_far(monkeypatch, calls, left):
    (line,) = told(monkeypatch, calls=calls, elapsed_s=100.0, tokens=12_340)
    assert line == (
        f"promptevo: order: {calls}/1000 calls, best 0.500, <{left} left, "
        f"{calls / 100:.1f}/s, 12.3k tokens, generation 1"
    )


def test_a_slow_model_is_told_by_the_minute(monkeypatch):
    (line,) = told(monkeypatch, calls=10, elapsed_s=100.0, tokens=2_100_000)
    assert line == ("promptevo: order: 10/1000 calls, best 0.500, 6/min, 2.1M tokens, generation 1")


def test_without_a_bound_on_calls_there_is_no_time_left(monkeypatch):
    (line,) = told(monkeypatch, budget_calls=None)
    assert line == "promptevo: order: 10 calls, best 0.500, generation 1"


def terminal(*, hasmarkup: bool):
    """Returns a reporter on a terminal of 80 columns, and what is written there."""
    written = []

    def write(text, **markup):
        written.append(f"<{text}>" if markup.get("invert") else text)

    reporter = SimpleNamespace(
        isatty=True,
        rewrite=lambda text: written.append(f"\r{text}"),
        _tw=SimpleNamespace(fullwidth=80, flush=lambda: None, hasmarkup=hasmarkup, write=write),
    )
    config = SimpleNamespace(
        get_verbosity=lambda: 0,
        pluginmanager=SimpleNamespace(get_plugin=lambda _name: reporter),
    )
    return live.LiveLine(config), written


@pytest.mark.parametrize(("elapsed_s", "left"), [(100.0, "67 s"), (10_000.0, "2 h")])
def test_a_terminal_of_80_columns_cuts_nothing_that_counts(elapsed_s, left):
    line, written = terminal(hasmarkup=False)
    state = Progress("racing", "generation 12", 12, 1200, 2000, 1200, -0.123, elapsed_s)
    line.show(search_state("tickets-of-the-support-desk", state), share_of(state))
    text = "".join(written)
    assert len(text) <= 80
    assert text.startswith(
        f"\rpromptevo: tickets-of-th...: 1200/2000 calls, best -0.123, <{left} left"
    )


def test_on_a_terminal_the_line_is_a_bar():
    line, written = terminal(hasmarkup=True)
    line.show("abc", 0.25)
    assert "".join(written) == f"\r<{'promptevo: abc'.ljust(20)}>{' ' * 59}"
    written.clear()
    line.show("b")
    assert "".join(written) == f"\r{'promptevo: b'.ljust(79)}"  # nothing of it stays
