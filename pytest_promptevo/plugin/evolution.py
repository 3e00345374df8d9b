"""``--evolve`` and ``--promptevo-update-lock``: what they do before the first test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evaluation.measure import baseline
from pytest_promptevo.evolve import Budget
from pytest_promptevo.fitness import judge
from pytest_promptevo.improve.lock_entry import entry_for
from pytest_promptevo.improve.search import Plan, search
from pytest_promptevo.lock import write_lock
from pytest_promptevo.project.commit import commit_verdicts
from pytest_promptevo.reports.terminal import evolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.improve.search import Outcome
    from pytest_promptevo.plugin.live import LiveLine
    from pytest_promptevo.project.project import State
    from pytest_promptevo.project.suite_run import SuiteRun

DEFAULT_STRATEGY = "racing"


def _need_whole(run: SuiteRun, option: str) -> None:
    if not run.is_whole:
        raise SettingsError(
            f"{option} needs all examples of {run.suite.name}, "
            f"{len(run.selected)} of {len(run.suite.examples)} are selected"
        )


def evolve_suites(state: State, runs: list[SuiteRun], live: LiveLine) -> None:
    """Searches a better genome for each suite that fails its gate (or for all).

    Raises:
        SettingsError: if only a part of a suite is selected.
        PromptEvoError: if a model cannot answer.
    """
    for run in runs:
        _need_whole(run, "--evolve")
    settings = state.settings
    plan = Plan(settings.strategy or DEFAULT_STRATEGY, settings.seed, _budget(settings.budget))
    for run in runs:
        name, total = run.suite.name, len(run.suite.examples)
        verdicts = baseline(
            run.evaluator,
            run.genome,
            lambda done, name=name, total=total: live.show(f"{name}: baseline {done} of {total}"),  # type: ignore[misc]
        )
        gate = judge(run.suite, [verdict.score for verdict in verdicts])
        if gate.passes and settings.evolve != "all":
            live.say(f"{name}: fitness {gate.figures.fitness} passes, nothing to evolve")
            if settings.models and run.entry is not None and run.stale:
                # Asked to lock what these models answer: the genome stays, its evidence is new.
                _accept(state, run, live)
            continue
        if run.suite.space is None or not run.suite.space.free:
            live.say(
                f"{name}: {gate.breaches[0] if gate.breaches else 'passes'}; "
                "its search: offers nothing but what ships, so there is nothing to evolve"
            )
            continue
        _search(state, run, plan, live, gate.breaches)


def _budget(bounds: Mapping[str, float]) -> Budget | None:
    if not bounds:
        return None
    calls, tokens = bounds.get("calls"), bounds.get("tokens")
    return Budget(
        calls=None if calls is None else int(calls),
        tokens=None if tokens is None else int(tokens),
        seconds=bounds.get("seconds"),
    )


def _search(
    state: State, run: SuiteRun, plan: Plan, live: LiveLine, breaches: tuple[str, ...]
) -> None:
    name = run.suite.name
    live.say(f"{name}: {breaches[0] if breaches else 'passes'}; searching ({plan.strategy}) ...")
    paid = run.evaluator.answers.paid
    outcome = search(
        run.evaluator, run.genome, plan, lambda progress: live.progress(name, progress)
    )
    live.clear()
    live.write(evolved(run.suite, outcome, run.evaluator.answers.paid - paid))
    if outcome.accepted:
        _write_entry(state, run, outcome, plan)
        live.say(f"{name}: wrote {run.lock_path.name}")


def _write_entry(
    state: State, run: SuiteRun, outcome: Outcome | None = None, plan: Plan | None = None
) -> None:
    genome = outcome.after if outcome else run.genome
    entry = entry_for(run.evaluator, genome, run.entry, outcome, plan)
    lock = state.lock(run.lock_path).with_entry(run.suite.name, entry)
    verdicts = [run.evaluator.verdict(genome, example) for example in run.suite.examples]
    commit_verdicts(run.lock_path, run.suite.name, verdicts)
    write_lock(lock)
    state.keep(lock)
    run.adopt(entry)


def accept_suites(state: State, runs: list[SuiteRun], live: LiveLine) -> None:
    """Writes the present genomes and their figures into the lock.

    Raises:
        SettingsError: if only a part of a suite is selected.
        PromptEvoError: if a model cannot answer.
    """
    for run in runs:
        _need_whole(run, "--promptevo-update-lock")
    for run in runs:
        _accept(state, run, live)


def _accept(state: State, run: SuiteRun, live: LiveLine) -> None:
    name, total = run.suite.name, len(run.suite.examples)
    baseline(run.evaluator, run.genome, lambda done: live.show(f"{name}: {done} of {total}"))
    _write_entry(state, run)
    live.say(f"{name}: accepted into {run.lock_path.name}")
