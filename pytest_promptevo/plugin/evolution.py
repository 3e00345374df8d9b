"""``--evolve``: what it does before the first test."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.improve.interruption import Interruption
from pytest_promptevo.plugin.accepting import accept_one, tell_options
from pytest_promptevo.project.evolution import unproposable
from pytest_promptevo.project.reporter import duration
from pytest_promptevo.reports.search_model import SearchReport
from pytest_promptevo.reports.search_text import search_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.improve.plan import Outcome
    from pytest_promptevo.plugin.live import LiveLine
    from pytest_promptevo.project import Evolution, Project, SuiteRun
    from pytest_promptevo.project.verdict import Verdict


def evolve_suites(project: Project, runs: Sequence[SuiteRun], live: LiveLine) -> None:
    """Searches a better genome for each suite that fails its gate (or for all).

    Raises:
        SettingsError: if only a part of a suite is selected, or the budget is too small.
        PromptEvoError: if a model cannot answer.
    """
    for run in runs:
        if not run.is_whole:
            raise SettingsError(
                f"--evolve needs all examples of {run.suite.name}, "
                f"{len(run.selected)} of {len(run.suite.examples)} are selected"
            )
        project.check_budget(run)  # of all suites, before a call is spent on the first
    interruption, start, searched = Interruption(live.say), time.monotonic(), []
    for number, run in enumerate(runs, 1):
        if len(runs) > 1:
            live.show(f"suite {number} of {len(runs)}: {run.suite.name}", (number - 1) / len(runs))
        evolution = project.evolve(run, interruption=interruption)
        if evolution.outcome is None:
            _tell_unsearched(project, run, evolution, live)
            continue
        searched.append(evolution)
        _take(project, run, evolution, live)
        if interruption.is_asked():  # the search may have ended by itself at that moment
            raise KeyboardInterrupt
    if len(searched) > 1:
        live.say(_in_all(searched, time.monotonic() - start))


def _take(project: Project, run: SuiteRun, evolution: Evolution, live: LiveLine) -> None:
    """Tells what a search has found, and locks what is to be locked of it."""
    name, outcome = run.suite.name, evolution.outcome
    if outcome is None:
        return
    live.clear()
    live.write(search_text(SearchReport.of(name, outcome, evolution.paid)))
    why = unproposable(run, evolution) if outcome.proposes and not outcome.accepted else ""
    if why:
        live.say(f"{name}: no candidates are locked: {why}")
    if why or not (outcome.accepted or outcome.proposes):
        _tell_unwritten(run, evolution.verdict, outcome, live)
        return
    project.accept(run, evolution)
    live.say(f"{name}: wrote {run.lock_path.name}")
    if outcome.accepted and run.suite.is_noisy(outcome.after):
        live.say(
            f"{name}: figures from here on are of other draws than the test's, which a "
            "winner is picked by and looks too good in: they may differ from the table's"
        )
    tell_options(project, run, live)
    live.say(
        f"{name}: next: read the diff of {run.lock_path.name}, and commit it together "
        f"with promptevo_recordings/"
    )


def _in_all(searched: Sequence[Evolution], seconds: float) -> str:
    outcomes = [each.outcome for each in searched if each.outcome is not None]
    accepted = sum(outcome.accepted for outcome in outcomes)
    return (
        f"in all: {len(searched)} suites searched, {accepted} with a better genome, "
        f"{sum(outcome.calls for outcome in outcomes):,} calls, "
        f"{sum(each.paid for each in searched):,} of them asked now, in {duration(seconds)}"
    )


def _tell_unsearched(project: Project, run: SuiteRun, evolution: Evolution, live: LiveLine) -> None:
    name, verdict = run.suite.name, evolution.verdict
    if not verdict.passes or project.settings.evolve == "all":
        live.say(
            f"{name}: {verdict.breaches[0] if verdict.breaches else 'passes'}; "
            "its search: offers nothing but what ships, so there is nothing to evolve"
            f"{_out_of_date(run) if verdict.passes else ''}"
        )
        return
    also = "; --evolve=all looks for candidates" if project.settings.candidates else ""
    is_renewed = bool(project.settings.models and run.entry is not None and run.stale)
    if not is_renewed and (told := _out_of_date(run)):
        also = f"{told}, --evolve=all searches all the same"
    live.say(f"{name}: fitness {verdict.figures.fitness} passes, nothing to evolve{also}")
    if is_renewed:
        # Asked to lock what these models answer: the genome stays, its evidence is new.
        accept_one(project, run, evolution, live)


def _out_of_date(run: SuiteRun) -> str:
    """Returns what brings the lock of a suite that passes up to date: no search has to."""
    if not run.stale or run.foreign():
        return ""
    return (
        f"; the lock is out of date ({', '.join(run.stale)} changed): "
        "--promptevo-update-lock accepts the change"
    )


def _tell_unwritten(run: SuiteRun, verdict: Verdict, outcome: Outcome, live: LiveLine) -> None:
    if outcome.result.stopped == "space exhausted":
        ways = "more golden examples or other values under search:"
    else:
        ways = "more golden examples, other values under search: or a larger --promptevo-budget"
    told = _out_of_date(run) if verdict.passes else ""
    live.say(f"{run.suite.name}: next: nothing was written{told}; {ways} may show a better genome")
