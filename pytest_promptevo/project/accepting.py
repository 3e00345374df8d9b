"""A genome is accepted: its recordings and its lock entry are written."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_promptevo.improve.calibration import calibrate
from pytest_promptevo.improve.lock_entry import entry_for
from pytest_promptevo.project.baseline import baseline_of, learnt
from pytest_promptevo.project.beside import candidates_beside
from pytest_promptevo.project.commit import commit, recordings_text
from pytest_promptevo.project.committed import SuiteFiles
from pytest_promptevo.project.evolution import check_acceptable
from pytest_promptevo.project.one_change import check_one_change
from pytest_promptevo.project.partial import part_accepted
from pytest_promptevo.project.reporter import short_name
from pytest_promptevo.recording import committed_digest

if TYPE_CHECKING:
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.project.evolution import Evolution
    from pytest_promptevo.project.loader import Loader
    from pytest_promptevo.project.suite_run import SuiteRun


def accept(project: Loader, run: SuiteRun, evolution: Evolution | None = None) -> Entry:
    """Does what `Project.accept` says."""
    check_acceptable(run, evolution)
    is_searched = evolution is not None and evolution.outcome is not None
    if not is_searched:
        check_one_change(run)
    found = None
    genome, evaluations = run.genome, evolution.baseline if evolution else None
    if evolution is not None and evolution.outcome is not None:
        outcome = evolution.outcome
        found = (outcome, evolution.plan) if outcome.accepted else None
        genome = outcome.after
        evaluations = outcome.evaluations[genome]
    if evaluations is None:
        run.check_scorers()
        evaluations = (
            baseline_of(project, run, short_name(run.suite.name))
            if run.is_whole
            else part_accepted(run)
        )
    if not is_searched:
        check_one_change(run)  # again: by now it is known which model has answered
        evaluations = learnt(project, run, evaluations)
        if run.evaluator.answers.paid:  # a model that is not in reach is not looked for
            calibrate(run.evaluator, genome, run.suite.examples, [genome["model"]])
            evaluations = [run.evaluator.with_latency(genome, each) for each in evaluations]
    text = recordings_text(run.suite, evaluations)
    beside = candidates_beside(run, evolution, genome, evaluations)
    for told in beside.told:
        project.reporter.say(f"{run.suite.name}: {told}")
    others = [recordings_text(run.suite, answered) for answered in beside.evaluations]
    entry = entry_for(
        run.evaluator,
        genome,
        evaluations,
        run.entry,
        found,
        committed_digest(text),
        beside.candidates,
        [committed_digest(other) for other in others],
    )
    name, read = run.suite.name, partial(project.resources.read_lock, run.lock_path)
    project.resources.keep(commit(read, run.lock_path, name, entry, run.entry, text, others))
    files = SuiteFiles.read(run.lock_path, name, entry)
    run.adopt(entry, files.genome.committed, evaluations)
    project.take_candidates(run, files)
    return entry
