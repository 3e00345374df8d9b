"""What happens between collection and the first test: evolve, update the lock, record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.plugin.live import LiveLine

if TYPE_CHECKING:
    import pytest

    from pytest_promptevo.project.project import State
    from pytest_promptevo.project.suite_run import SuiteRun


def prepare(state: State, config: pytest.Config) -> None:
    """Does what the settings ask for.

    Raises:
        SettingsError: if a search is asked for and none is possible.
        PromptEvoError: if a model cannot answer.
    """
    runs = [run for run in state.runs.values() if run.is_selected]
    live = LiveLine(config)
    try:
        if state.settings.evolve or state.settings.update_lock:
            from pytest_promptevo.plugin import evolution

            act = evolution.evolve_suites if state.settings.evolve else evolution.accept_suites
            act(state, runs, live)
            if state.settings.update_lock:
                _tell_accepted(runs, live)
        else:
            for run in runs:
                _prefetch(run, live)
    finally:
        live.clear()


def _tell_accepted(runs: list[SuiteRun], live: LiveLine) -> None:
    """Names the failures that the lock excuses from now on."""
    for run in runs:
        if run.entry and (failing := run.entry.known_failures):
            live.say(
                f"{run.suite.name}: accepted as known failures, "
                f"{len(failing)} of {len(run.suite.examples)} examples: {', '.join(failing)}"
            )


def _prefetch(run: SuiteRun, live: LiveLine) -> None:
    """Asks for all missing answers of a suite side by side, not one test after the other."""
    missing = []
    for example in run.suite.examples:
        try:
            if example.id in run.selected and not run.evaluator.is_known(run.genome, example):
                missing.append(example)
        except PromptEvoError as bad:
            run.note(example, bad)
    if len(missing) > 1:
        total = len(missing)
        run.prefetch(
            missing, lambda done: live.show(f"{run.suite.name}: {done} of {total} answers")
        )
