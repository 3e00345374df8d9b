"""A project in this process: it loads suites and judges, evolves and accepts them."""

from __future__ import annotations

import secrets
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.errors import (
    LockError,
    ModelUnavailable,
    PromptEvoError,
    SettingsError,
    while_doing,
)
from pytest_promptevo.evaluation.measure import baseline
from pytest_promptevo.evaluation.speeds import learn_speed
from pytest_promptevo.project.beside import candidates_beside
from pytest_promptevo.project.commit import commit, recordings_text
from pytest_promptevo.project.committed import SuiteFiles
from pytest_promptevo.project.evolution import Evolution, check_acceptable, plan_of, seen_before
from pytest_promptevo.project.loader import Loader
from pytest_promptevo.project.lock_check import check_entries, check_suite
from pytest_promptevo.project.one_change import check_one_change
from pytest_promptevo.project.partial import part_accepted
from pytest_promptevo.project.reporter import Silent, search_state
from pytest_promptevo.project.settings import Settings
from pytest_promptevo.project.suite_files import SKIPPED, lock_path_of, suite_files
from pytest_promptevo.project.suite_run import CannotJudge
from pytest_promptevo.recording import committed_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evolve import Split
    from pytest_promptevo.improve.plan import Plan
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.project.reporter import Reporter
    from pytest_promptevo.project.suite_run import SuiteRun
    from pytest_promptevo.project.verdict import Verdict
    from pytest_promptevo.scorers import Factory


class Project(Loader):
    """Suites, locks, stores and engines below one folder; see `Project.open`."""

    @classmethod
    def open(
        cls,
        root: str | Path,
        settings: Settings | None = None,
        reporter: Reporter | None = None,
        *,
        executor: Executor | None = None,
    ) -> Project:
        """Opens a project; nothing is read yet.

        Args:
            root: Its folder: functions are imported from there, and no path leaves it.
            settings: What the run is asked to do.
            reporter: Is told where long work stands.
            executor: Where evaluations are made, such as a ``ProcessPoolExecutor``; each of
                its processes opens the project anew, and so knows no scorers of
                ``conftest.py``. A script that starts processes needs
                ``if __name__ == "__main__":``. Threads of this process if not given.

        Raises:
            SettingsError: if there is no such folder.
        """
        root, settings = Path(root).resolve(), settings or Settings()
        if not root.is_dir():
            raise SettingsError(f"{root.name}: no such folder, so no project to open")
        if executor is None:
            return cls(root, settings, reporter or Silent())
        from pytest_promptevo.project.worker import Opening, through

        # The processes share limits of calls in flight, and answers that were asked anew.
        settings = replace(settings, run=settings.run or secrets.token_hex(8))
        return cls(root, settings, reporter or Silent(), through(executor, Opening(root, settings)))

    def __enter__(self) -> Project:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def collect(self, scorers: Iterable[Mapping[str, Factory] | None] = ()) -> list[SuiteRun]:
        """Loads all suites of the project.

        Args:
            scorers: Scorers by name, beside those of installed packages; what pytest finds in
                a ``conftest.py`` nobody finds here.

        Raises:
            PromptEvoError: for the first suite that cannot be used.
        """
        offers = list(scorers)
        return [self.load(path, offers) for path in suite_files(self.root)]

    def ask(self, run: SuiteRun) -> None:
        """Asks for all missing answers of a suite side by side, not one after the other."""
        unknown, name = run.unknown(), run.suite.name
        if len(unknown) > 1:
            total = len(unknown)
            run.prefetch(
                unknown, lambda done: self.reporter.show(f"{name}: {done} of {total} answers")
            )

    def judge(self, run: SuiteRun) -> Verdict:
        """Judges a suite: its threshold, its hard limits, and whether it fell against its lock.

        Raises:
            SuiteError: if the suite's scorers cannot be trusted.
            LockError: if the lock's genome, or candidate, is none of this suite.
            CannotJudge: naming the first example that cannot be evaluated.
        """
        if isinstance(run.damage, LockError):
            raise run.damage
        self.ask(run)
        return run.judge()

    def evolve(self, run: SuiteRun, plan: Plan | None = None) -> Evolution:
        """Searches a better genome if the suite fails its gate, with ``evolve="all"`` always.

        Nothing is written: `accept` does that.

        Args:
            run: The suite.
            plan: How to search; as the settings say if not given.

        Raises:
            PromptEvoError: if a model cannot answer.
        """
        from pytest_promptevo.improve.plan import split_of
        from pytest_promptevo.improve.search import search
        from pytest_promptevo.improve.spending import calls_per_draw, most_calls

        name, reporter, settings = run.suite.name, self.reporter, self.settings
        space = run.suite.space
        plan = plan or plan_of(settings, run)
        parts, _ = split_of(run.suite, plan)
        self.check_budget(run, plan)
        run.check_scorers()
        paid = run.evaluator.answers.paid
        known = self._learnt(run, self._baseline(run, f"{name}: baseline"))
        verdict = run.against.verdict(known)
        if (verdict.passes and settings.evolve != "all") or space is None or not space.free:
            return Evolution(name, verdict, known, plan)
        most = most_calls(
            plan.budget, run.suite, run.genome, parts, calls_per_draw(known), plan.candidates
        )
        with_ = "baseline, test and candidates" if plan.candidates else "baseline and test"
        bound = f", about {most:,} calls at most with {with_}" if most else ""
        reporter.say(f"{name}: {_why(verdict)}; searching ({plan.strategy}){_on(parts)}{bound} ...")
        if told := seen_before(run, parts):
            reporter.say(f"{name}: {told}")
        outcome = search(
            run.evaluator,
            run.genome,
            plan,
            lambda progress: reporter.show(search_state(name, progress)),
            known,
        )
        if not (outcome.accepted or outcome.proposes):
            run.evaluator.speeds = run.entry.speeds if run.entry else {}
        return Evolution(name, verdict, known, plan, outcome, run.evaluator.answers.paid - paid)

    def check_budget(self, run: SuiteRun, plan: Plan | None = None) -> None:
        """Checks that the budget suffices to search for a suite, if that may be searched for.

        A suite that passes by answers that are there already needs no search, and no budget.

        Args:
            run: The suite.
            plan: How to search; as the settings say if not given.

        Raises:
            SettingsError: if it does not, with one that does.
        """
        from pytest_promptevo.improve.plan import split_of
        from pytest_promptevo.improve.spending import check_budget

        plan, space = plan or plan_of(self.settings, run), run.suite.space
        if space is not None and space.free and not self._passes_as_it_is(run):
            parts, _ = split_of(run.suite, plan)
            check_budget(plan.budget, run.suite, run.genome, parts, plan.candidates)

    def accept(self, run: SuiteRun, evolution: Evolution | None = None) -> Entry:
        """Locks what a search found or, without one, the genome as it is with its figures.

        Beside it go the candidates that the search proposes. Without a search those of the lock
        stay, if they still may stand beside the genome; which do not is told.

        Of a suite of which a part is selected (`SuiteRun.selected`), the other examples must be
        as the lock knows them. The committed recordings are written first, then the lock:
        whole, or not at all. Other processes may accept other suites meanwhile.

        Args:
            run: The suite.
            evolution: What `evolve` has done for it.

        Raises:
            SettingsError: if the evolution is another suite's, or its genome was not accepted.
            LockError: if another process has changed the suite's entry meanwhile, or held-out
                examples are gone while something changed that they judge.
            PromptEvoError: if a model cannot answer.
            OSError: if a file cannot be written.
        """
        check_acceptable(run, evolution)
        is_searched = evolution is not None and evolution.outcome is not None
        if not is_searched:
            check_one_change(run)
        from pytest_promptevo.improve.calibration import calibrate
        from pytest_promptevo.improve.lock_entry import entry_for

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
                self._baseline(run, run.suite.name) if run.is_whole else part_accepted(run)
            )
        if not is_searched:
            check_one_change(run)  # again: by now it is known which model has answered
            evaluations = self._learnt(run, evaluations)
            if run.evaluator.answers.paid:  # a model that is not in reach is not looked for
                calibrate(run.evaluator, genome, run.suite.examples, [genome["model"]])
                evaluations = [run.evaluator.with_latency(genome, each) for each in evaluations]
        text = recordings_text(run.suite, evaluations)
        beside = candidates_beside(run, evolution, genome, evaluations)
        for told in beside.told:
            self.reporter.say(f"{run.suite.name}: {told}")
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
        name, read = run.suite.name, partial(self.resources.read_lock, run.lock_path)
        self.resources.keep(commit(read, run.lock_path, name, entry, run.entry, text, others))
        files = SuiteFiles.read(run.lock_path, name, entry)
        run.adopt(entry, files.genome.committed, evaluations)
        self.take_candidates(run, files)
        return entry

    def check_suite(self, run: SuiteRun) -> None:
        """Checks that a suite has a lock entry that still describes it, and its recordings.

        Raises:
            LockError: saying what changed.
        """
        check_suite(run)

    def check_lock(self, lock_path: Path, skipped: Sequence[str] = SKIPPED) -> None:
        """Checks that each entry of a lock has a suite, whether it was loaded or not.

        Args:
            lock_path: The lock.
            skipped: Patterns of folders that hold no suites.

        Raises:
            LockError: naming the entries without a suite.
        """
        loaded = {run.suite.name for run in self.runs.values() if run.lock_path == lock_path}
        entries = set(self.resources.lock(lock_path).entries) - loaded
        suites = (
            path
            for path in suite_files(lock_path.parent, skipped)
            if lock_path_of(path, self.root) == lock_path
        )
        check_entries(lock_path, entries, suites)

    def _passes_as_it_is(self, run: SuiteRun) -> bool:
        """Returns whether answers that are there already show that no search is due.

        Raises:
            ModelUnavailable: if the model is not there, without which no search can be.
        """
        try:
            return self.settings.evolve != "all" and not run.unknown() and run.judge().passes
        except CannotJudge as exc:
            if isinstance(exc.error, ModelUnavailable):
                with while_doing(f"{run.suite.name}, example {exc.example!r}"):
                    raise exc.error from None  # told here: whoever asks next is referred to it
            return False
        except PromptEvoError:
            return False

    def _learnt(self, run: SuiteRun, evaluations: Sequence[Evaluation]) -> list[Evaluation]:
        """Learns the speed of the tested model; returns evaluations with their new latencies."""
        anew = self.settings.record == "all" and run.is_whole
        return learn_speed(run.evaluator, run.genome, evaluations, anew=anew)

    def _baseline(self, run: SuiteRun, what: str) -> list[Evaluation]:
        total = len(run.suite.examples)
        return baseline(
            run.evaluator,
            run.genome,
            lambda done: self.reporter.show(f"{what} {done} of {total}"),
        )


def _why(verdict: Verdict) -> str:
    """Returns what a suite breaches first, with the sum that its fitness is."""
    if verdict.passes:
        return "passes"
    return f"{verdict.breaches[0]}; {verdict.decides.figures.explained()}"


def _on(parts: Split) -> str:
    """Returns how the examples are split; a small budget holds more than half of them out."""
    search, held_out = len(parts.search), len(parts.confirm)
    if not held_out:
        return ""
    small = ", more than half because the budget is small" if held_out > search + 1 else ""
    return f" on {search} examples, {held_out} are held out for the test{small}"
