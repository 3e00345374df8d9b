"""The search for a better genome of a suite, where its gate fails."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_promptevo.base.private_folder import NAME as PRIVATE
from pytest_promptevo.errors import ModelUnavailable, PromptEvoError, while_doing
from pytest_promptevo.evolve.result import INTERRUPTED
from pytest_promptevo.improve import spending
from pytest_promptevo.improve.lineage import origins
from pytest_promptevo.improve.plan import split_of
from pytest_promptevo.improve.remember import record_of
from pytest_promptevo.improve.search import search
from pytest_promptevo.improve.search_record import record_path, write_record
from pytest_promptevo.improve.searched import Searches, identity
from pytest_promptevo.project.baseline import baseline_of, learnt
from pytest_promptevo.project.evolution import Evolution, plan_of, seen_before
from pytest_promptevo.project.reporter import search_state, share_of, short_name
from pytest_promptevo.project.suite_run import CannotJudge

if TYPE_CHECKING:
    from pytest_promptevo.evolve import Split
    from pytest_promptevo.improve.interruption import Interruption
    from pytest_promptevo.improve.plan import Plan
    from pytest_promptevo.project.loader import Loader
    from pytest_promptevo.project.suite_run import SuiteRun
    from pytest_promptevo.project.verdict import Verdict


def evolve(
    project: Loader,
    run: SuiteRun,
    plan: Plan | None = None,
    interruption: Interruption | None = None,
) -> Evolution:
    """Does what `Project.evolve` says."""
    name, reporter, settings = run.suite.name, project.reporter, project.settings
    space = run.suite.space
    plan = plan or plan_of(settings, run)
    parts, _ = split_of(run.suite, plan)
    check_budget(project, run, plan)
    run.check_scorers()
    paid = run.evaluator.answers.paid
    known = learnt(project, run, baseline_of(project, run, f"{short_name(name)}: baseline"))
    verdict = run.against.verdict(known)
    if (verdict.passes and settings.evolve != "all") or space is None or not space.free:
        return Evolution(name, verdict, known, plan)
    most = spending.most_calls(
        plan.budget, run.suite, run.genome, parts, spending.calls_per_draw(known), plan.candidates
    )
    with_ = "baseline, test and candidates" if plan.candidates else "baseline and test"
    bound = f", about {most:,} calls at most with {with_}" if most else ""
    reporter.say(f"{name}: {_why(verdict)}; searching ({plan.strategy}){_on(parts)}{bound} ...")
    if told := seen_before(run, parts):
        reporter.say(f"{name}: {told}")
    archive = Searches(run.lock_path.parent / PRIVATE / f"{name}.searches.jsonl")
    this_one = identity(run.suite, run.genome, plan)
    plan = replace(
        plan,
        searched=archive.before(this_one, parts.confirm),
        origins=archive.origins(this_one),
        interruption=interruption,
    )
    outcome = search(
        run.evaluator,
        run.genome,
        plan,
        lambda progress: reporter.show(search_state(name, progress), share_of(progress)),
        known,
    )
    is_of_use = outcome.accepted or outcome.proposes
    if is_of_use or outcome.result.stopped != INTERRUPTED:  # else the next one begins as this did
        made = origins(run.evaluator, outcome, plan)
        seen = [run.suite.by_id[name] for name in outcome.searched_ids]
        archive.put(this_one, outcome.result, seen, made)
        record = record_of(run.suite, outcome, plan, seen)
        write_record(record_path(run.lock_path.parent / PRIVATE, name), record)
    if not is_of_use:
        run.evaluator.speeds = run.entry.speeds if run.entry else {}
    return Evolution(name, verdict, known, plan, outcome, run.evaluator.answers.paid - paid)


def check_budget(project: Loader, run: SuiteRun, plan: Plan | None = None) -> None:
    """Does what `Project.check_budget` says."""
    plan, space = plan or plan_of(project.settings, run), run.suite.space
    if space is not None and space.free and not _passes_as_it_is(project, run):
        parts, _ = split_of(run.suite, plan)
        spending.check_budget(plan.budget, run.suite, run.genome, parts, plan.candidates)


def _passes_as_it_is(project: Loader, run: SuiteRun) -> bool:
    """Returns whether answers that are there already show that no search is due.

    Raises:
        ModelUnavailable: if the model is not there, without which no search can be.
    """
    try:
        return project.settings.evolve != "all" and not run.unknown() and run.judge().passes
    except CannotJudge as exc:
        if isinstance(exc.error, ModelUnavailable):
            with while_doing(f"{run.suite.name}, example {exc.example!r}"):
                raise exc.error from None  # told here: whoever asks next is referred to it
        return False
    except PromptEvoError:
        return False


def _why(verdict: Verdict) -> str:
    """Returns what a suite breaches first, with the sum that its fitness is."""
    if verdict.passes:
        return "passes"
    return f"{verdict.breaches[0]}; {verdict.decides.figures.explained()}"


def _on(parts: Split) -> str:
    """Returns how the examples are split; a small budget holds more than half of them out."""
    search, spare, held_out = len(parts.search), len(parts.spare), len(parts.confirm)
    if not held_out:
        return ""
    small = ", more than half because the budget is small" if held_out > search + spare + 1 else ""
    further = f" ({spare} more for the best genomes, where they are close)" if spare else ""
    return f" on {search} examples{further}, {held_out} are held out for the test{small}"
