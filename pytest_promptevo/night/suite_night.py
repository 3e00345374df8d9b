"""One suite's night: its rollout is settled, or failures become examples and genomes candidates."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.base.private_folder import turn_to_write
from pytest_promptevo.base.text import counted
from pytest_promptevo.base.text_files import atomic_write
from pytest_promptevo.base.watching import watched
from pytest_promptevo.errors import LockError
from pytest_promptevo.genome import Genome
from pytest_promptevo.night.golden_file import golden_file, with_examples
from pytest_promptevo.night.harvest import Harvest, harvest, most_of
from pytest_promptevo.night.held import held
from pytest_promptevo.night.production import standing
from pytest_promptevo.night.report import code
from pytest_promptevo.night.searching import searched
from pytest_promptevo.night.settle import winner_of, without_candidates, write_entry
from pytest_promptevo.night.tonight import CANDIDATES
from pytest_promptevo.night.undo import Undo
from pytest_promptevo.project.committed import recordings_path
from pytest_promptevo.state.failures import READY, failures, refuse, take

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pytest_promptevo.night.nights import NightFolder
    from pytest_promptevo.night.tonight import Tonight
    from pytest_promptevo.project import Evolution, SuiteRun
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.state.sql_state import SqlState
    from pytest_promptevo.suite import Suite

_PATIENCE_S = 60.0

_MOST_SHOWN = 10
"""Refused failures that a report names; a queue may hold thousands."""


def work_on(tonight: Tonight, path: Path) -> None:
    """Does all that is to be done, and writes it.

    Args:
        tonight: What is at hand; takes what is told.
        path: The suite file.

    Raises:
        PromptEvoError: if something cannot be used, or a model cannot answer.
        OSError: if a file cannot be written.
    """
    loaded = tonight.project.load(path)
    if loaded.entry is None:
        tonight.tell("it has no lock entry: accept a genome first (pytest --evolve)")
        return
    if problem := loaded.stale or loaded.foreign():
        what = problem if isinstance(problem, str) else "; ".join(problem)
        raise LockError(
            f"{loaded.suite.name} is not as the lock has it: {what}",
            path=loaded.lock_path,
            hint="run pytest --promptevo-update-lock",
        )
    on_trial = bool(loaded.entry.candidates)
    if on_trial and not _is_held(tonight, loaded, "its rollout is not settled"):
        _look_at_rollout(tonight, loaded)
        return
    found = _harvested(tonight, loaded.suite)
    file = golden_file(loaded.suite)
    if found.taken and file is None:
        tonight.tell(
            f"{counted(len(found.taken), 'failure')} could become golden examples, but such are "
            "added to JSONL files only: move the suite's examples into one (golden: FILE.jsonl)"
        )
        found = replace(found, taken=())
    _tell(tonight, found, most_of(loaded.suite))
    run = _with(tonight, path, loaded, found.taken)
    stays = on_trial or _is_held(tonight, run, "nothing is searched")
    evolution = None if stays else searched(tonight, run)
    if evolution is None and found.taken:
        tonight.project.judge(run)  # asks what is missing, before anything is written
    _write(tonight, run, found.taken, file, evolution)


def _harvested(tonight: Tonight, suite: Suite) -> Harvest:
    if tonight.state is None:
        tonight.tell("the store of production is not here, so no failures are looked for")
        return Harvest()
    found = harvest(suite, failures(tonight.state, suite=suite.name, status=READY))
    for number in found.there:
        take(tonight.state, number)
    for number, why in found.refused:
        refuse(tonight.state, number, why)
    return found


def _with(tonight: Tonight, path: Path, run: SuiteRun, taken: Sequence[Example]) -> SuiteRun:
    """Returns the suite with new examples, none of which is in a file yet."""
    if not taken:
        return run
    del tonight.project.runs[tonight.project.root / path]
    return tonight.project.load(path, added=taken)


def _tell(tonight: Tonight, found: Harvest, most: int) -> None:
    if found.taken:
        ids = ", ".join(code(example.id) for example in found.taken)
        what = "failure of production becomes an example"
        if len(found.taken) > 1:
            what = "failures of production become examples"
        tonight.tell(f"{len(found.taken)} {what}: {ids}")
    if found.waiting:
        tonight.tell(f"{found.waiting} more wait in the queue: {most} a night are taken at most")
    shown = found.refused[:_MOST_SHOWN]
    tonight.told += [f"failure {number} is not taken: {code(why)}" for number, why in shown]
    if left := len(found.refused) - len(shown):
        tonight.tell(f"and {left:,} more: `promptevo queue --all` says why")


def _look_at_rollout(tonight: Tonight, run: SuiteRun) -> None:
    if tonight.state is None or run.entry is None:
        tonight.tell("its candidates are on trial, but the store of production is not here")
        return
    arms = tonight.arms(run)
    found = standing(tonight.state, arms, run.entry)
    genomes = {arm: each.prompt.genome for arm, each in arms.by_id.items()}
    tonight.served(run).note(genomes, found.dropped)
    if not found.settled:
        tonight.tell(f"its candidates are on trial, so nothing else is tried: {found.why}")
        _tell_what_waits(tonight, tonight.state, run.suite)
        return
    if found.settled == "won":
        entry, text = winner_of(run, found)
        tonight.tell(
            f"candidate {found.winner} has won and becomes the genome: its reward is "
            f"{found.difference} beside the old one's (an interval that holds at any time)"
        )
    else:
        entry = without_candidates(run.entry)
        text = recordings_path(run.lock_path, run.suite.name).read_text("utf-8")
        tonight.tell(f"its candidates are dropped: {code(found.why)}")
    if _is_held(tonight, run, "nothing of that is written"):  # meanwhile
        return
    with _all_or_none(tonight, run, None):
        write_entry(tonight.project, run, entry, text)


def _tell_what_waits(tonight: Tonight, state: SqlState, suite: Suite) -> None:
    """Tells how many failures could become examples, were no rollout at work."""
    found = harvest(suite, failures(state, suite=suite.name, status=READY))
    if count := len(found.taken) + found.waiting:
        what = "failure of production waits" if count == 1 else "failures of production wait"
        tonight.tell(f"{count} {what} in the queue until the rollout is settled")


def _is_held(tonight: Tonight, run: SuiteRun, so: str) -> bool:
    """Whether somebody has switched the suite off or paused it, which is told."""
    if why := held(tonight.state, run.suite.name):
        tonight.tell(f"{why}, so {so}: `promptevo on` ends that")
    return bool(why)


def _write(
    tonight: Tonight,
    run: SuiteRun,
    taken: Sequence[Example],
    file: Path | None,
    evolution: Evolution | None,
) -> None:
    """Writes examples, recordings and lock: all or nothing."""
    proposes = _proposes(tonight, evolution)
    if not taken and not proposes:
        tonight.tell("nothing is proposed")
        return
    text = with_examples(file, taken) if file is not None and taken else None
    with _all_or_none(tonight, run, file if taken else None):
        if file is not None and text is not None:
            atomic_write(file, text)
            _accept(tonight, run, evolution)
        if proposes and evolution is not None:
            tonight.project.accept(run, evolution)


def _accept(tonight: Tonight, run: SuiteRun, evolution: Evolution | None) -> None:
    """Accepts new examples; tells what they change of a rollout that somebody has halted."""
    before = run.entry
    tonight.project.accept(run, replace(evolution, outcome=None) if evolution else None)
    if before is None or run.entry is None or not before.candidates:
        return
    if gone := len(before.candidates) - len(run.entry.candidates):
        tonight.tell(f"{gone} of its candidates may not stand beside these examples: left out")
    if before.reward != run.entry.reward or gone:
        tonight.tell("what its rollout has shown ends with the merge: it begins anew")


def _proposes(tonight: Tonight, evolution: Evolution | None) -> bool:
    if evolution is None or evolution.outcome is None or evolution.outcome.trial is None:
        return False
    for each in evolution.outcome.trial.tested:
        shown = code(Genome(each.genome).key)
        if each.problem:
            tonight.tell(f"not proposed: {shown}: {code(each.problem)}")
        else:
            tonight.tell(
                f"candidate: {shown}, its fitness differs by {each.comparison.difference} from the "
                f"locked genome's on {len(evolution.outcome.trial.held_out)} held-out examples "
                f"({each.comparison.verdict})"
            )
    return evolution.outcome.proposes


@contextmanager
def _all_or_none(tonight: Tonight, run: SuiteRun, file: Path | None) -> Iterator[None]:
    """Changes a suite's files all or none."""
    lock, name = run.lock_path, run.suite.name
    files = [lock, *([file] if file else [])]
    files += [recordings_path(lock, name, number) for number in range(CANDIDATES + 1)]
    undo = undo_of(tonight.folder, tonight.project.root)
    undo.begin(files)
    try:
        with watched(undo.expect):
            yield
    except BaseException:
        with turn_to_write(lock.parent, _PATIENCE_S):
            tonight.told += undo.back().told()
        raise
    undo.done()


def undo_of(folder: NightFolder, root: Path) -> Undo:
    """Returns the way back for the files of a project."""
    return Undo(folder.path / "undo.json", root, folder.lock)
