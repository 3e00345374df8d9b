"""What happens between collection and the first test: evolve, update the lock, record."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.improve.interruption import told_waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.plugin.live import LiveLine
    from pytest_promptevo.project import Project, SuiteRun


def prepare(project: Project, live: LiveLine) -> None:
    """Does what the settings ask for.

    Raises:
        SettingsError: if a search is asked for and none is possible.
        PromptEvoError: if a model cannot answer.
    """
    runs = [run for run in project.runs.values() if run.is_selected]
    settings = project.settings
    try:
        with told_waiting(live.say):
            _act(project, runs, live)
    except KeyboardInterrupt:
        if settings.record != "all":  # which asks for all once more
            live.say("stopped: the answers so far are kept, and the same command goes on from them")
        raise
    finally:
        live.clear()


def _act(project: Project, runs: Sequence[SuiteRun], live: LiveLine) -> None:
    settings = project.settings
    if settings.evolve or settings.update_lock:
        from pytest_promptevo.plugin.accepting import accept_suites
        from pytest_promptevo.plugin.evolution import evolve_suites

        act = evolve_suites if settings.evolve else accept_suites
        act(project, runs, live)
    else:
        for run in runs:
            project.ask(run)
