"""``--promptevo-update-lock``: what it does before the first test, and what it says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted, few_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.plugin.live import LiveLine
    from pytest_promptevo.project import Evolution, Project, SuiteRun
    from pytest_promptevo.project.against_lock import AgainstLock

_MOST_NAMED = 20


def accept_suites(project: Project, runs: Sequence[SuiteRun], live: LiveLine) -> None:
    """Writes the present genomes and their figures into the lock.

    Raises:
        SettingsError: if only a part of a suite is selected.
        PromptEvoError: if a model cannot answer.
    """
    for run in runs:
        accept_one(project, run, None, live)
    for run in runs:
        _tell_failures(run, live)


def accept_one(
    project: Project, run: SuiteRun, evolution: Evolution | None, live: LiveLine
) -> None:
    """Locks a suite with its present genome, and says what reviewers must know of that."""
    was_changed = any("shipped genome" in phrase for phrase in run.stale)
    had_evidence = run.entry is not None and not isinstance(run.entry.search, str)
    otherwise = run.against.judged_otherwise
    is_lost = run.entry is None and bool(run.against.committed.digest)
    found = run.against
    project.accept(run, evolution)
    live.say(f"{run.suite.name}: accepted into {run.lock_path.name}")
    if project.settings.record != "all":
        _tell_foreign(run, found, live)
    tell_options(project, run, live)
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


def _tell_foreign(run: SuiteRun, found: AgainstLock, live: LiveLine) -> None:
    """Says that answers which the lock did not know were taken over: nobody was asked for them.

    They may come from a killed run or a merge, which updates must mend; or from an editor.
    """
    if found.entry is None or not found.foreign(run.lock_path):
        return
    before, now = found.committed.by_example, run.against.committed.by_example
    count = sum(before.get(example) == answers for example, answers in now.items())
    if count:
        path = found.committed.path
        live.say(
            f"{run.suite.name}: {path.parent.name}/{path.name} was not the file with which "
            f"{run.lock_path.name} was written: its answers to {counted(count, 'example')} are "
            "accepted as they stand, whoever wrote them; --promptevo-record=all asks the models "
            "instead"
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


def tell_options(project: Project, run: SuiteRun, live: LiveLine) -> None:
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
