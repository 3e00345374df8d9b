"""``--evolve`` and ``--promptevo-update-lock``: what they do before the first test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import few_of
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.project.evolution import unproposable
from pytest_promptevo.reports.search_model import SearchReport
from pytest_promptevo.reports.search_text import search_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.improve.plan import Outcome
    from pytest_promptevo.plugin.live import LiveLine
    from pytest_promptevo.project import Evolution, Project, SuiteRun
    from pytest_promptevo.project.verdict import Verdict


_MOST_NAMED = 20


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
    for run in runs:
        name, evolution = run.suite.name, project.evolve(run)
        outcome = evolution.outcome
        if outcome is None:
            _tell_unsearched(project, run, evolution, live)
            continue
        live.clear()
        live.write(search_text(SearchReport.of(name, outcome, evolution.paid)))
        why = unproposable(run, evolution) if outcome.proposes and not outcome.accepted else ""
        if why:
            live.say(f"{name}: no candidates are locked: {why}")
            _tell_unwritten(run, evolution.verdict, outcome, live)
        elif outcome.accepted or outcome.proposes:
            project.accept(run, evolution)
            live.say(f"{name}: wrote {run.lock_path.name}")
            if outcome.accepted and run.suite.is_noisy(outcome.after):
                live.say(
                    f"{name}: figures from here on are of other draws than the test's, which a "
                    "winner is picked by and looks too good in: they may differ from the table's"
                )
            _tell_options(project, run, live)
            live.say(
                f"{name}: next: read the diff of {run.lock_path.name}, and commit it together "
                f"with promptevo_recordings/"
            )
        else:
            _tell_unwritten(run, evolution.verdict, outcome, live)


def accept_suites(project: Project, runs: Sequence[SuiteRun], live: LiveLine) -> None:
    """Writes the present genomes and their figures into the lock.

    Raises:
        SettingsError: if only a part of a suite is selected.
        PromptEvoError: if a model cannot answer.
    """
    for run in runs:
        _accept(project, run, None, live)
    for run in runs:
        _tell_failures(run, live)


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
        _accept(project, run, evolution, live)


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


def _accept(project: Project, run: SuiteRun, evolution: Evolution | None, live: LiveLine) -> None:
    was_changed = any("shipped genome" in phrase for phrase in run.stale)
    had_evidence = run.entry is not None and not isinstance(run.entry.search, str)
    otherwise = run.against.judged_otherwise
    is_lost = run.entry is None and bool(run.against.committed.digest)
    project.accept(run, evolution)
    live.say(f"{run.suite.name}: accepted into {run.lock_path.name}")
    _tell_options(project, run, live)
    if evolution is None and is_lost:
        live.say(
            f"{run.suite.name}: its recordings were committed without an entry in "
            f"{run.lock_path.name}: what an entry before knew of a search (genome, held-out "
            "figures) is dropped; pytest --evolve searches again"
        )
    if mended := [each for each in otherwise if run.evaluation(run.suite.by_id[each]).passed]:
        live.say(
            f"{run.suite.name}: held out from its search, failed, and {_pass(mended)} now that "
            f"`expected`, scorers or the example's other parts were edited: {_named(mended)}: "
            "reviewers must see why"
        )
    if evolution is None and run.genome != run.suite.shipped and was_changed:
        live.say(
            f"{run.suite.name}: the locked genome stays, though the suite file ships another one: "
            f"to lock that, delete the entry from {run.lock_path.name} first{_forgotten(run)}"
        )
    if evolution is None and had_evidence and run.entry and isinstance(run.entry.search, str):
        live.say(
            f"{run.suite.name}: the confirmation of its search is dropped: it was about another "
            "prompt, scorer, golden set or model, or other answers"
        )


def _pass(ids: Sequence[str]) -> str:
    return "passes" if len(ids) == 1 else "pass"


def _forgotten(run: SuiteRun) -> str:
    """Returns what the lock no longer knows once the entry is deleted: reviewers must see it."""
    if run.entry is None or run.entry.held_out is None:
        return ""
    return (
        ", which forgets which examples its search has seen: the gate is then judged on all of "
        "them, though a genome that was chosen by some looks better there than it is"
    )


def _tell_options(project: Project, run: SuiteRun, live: LiveLine) -> None:
    """Says what of the entry only this run's options have made, and so no other run finds."""
    settings, name = project.settings, run.suite.name
    if settings.repeats and run.entry is not None and run.entry.repeats > 1:
        live.say(
            f"{name}: locked with {run.entry.repeats} draws: write `repeats: "
            f"{run.entry.repeats}` into the suite file, or runs without --promptevo-repeats "
            "find the lock out of date"
        )
    if run.overridden:
        roles = " and ".join(sorted(run.overridden))
        live.say(
            f"{name}: locked with the model of --promptevo-model for {roles}: write it into "
            "the suite file, or runs without the option find the lock out of date"
        )


def _named(ids: Sequence[str]) -> str:
    return few_of(ids, _MOST_NAMED, whole=", all in the lock's diff")


def _tell_failures(run: SuiteRun, live: LiveLine) -> None:
    """Names the failures that the lock excuses from now on."""
    if run.entry is None:
        return
    pass_mark = run.suite.pass_mark
    failing = [
        example for example in sorted(run.suite.by_id) if run.entry.fails(example, pass_mark)
    ]
    if failing:
        live.say(
            f"{run.suite.name}: accepted as known failures, "
            f"{len(failing)} of {len(run.suite.examples)} examples: {_named(failing)}"
        )
