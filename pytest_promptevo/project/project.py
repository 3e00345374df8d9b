"""A project in this process: it loads suites and judges, evolves and accepts them."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError, SettingsError
from pytest_promptevo.project.loader import Loader
from pytest_promptevo.project.lock_check import check_entries, check_suite
from pytest_promptevo.project.reporter import Silent, short_name
from pytest_promptevo.project.settings import Settings
from pytest_promptevo.project.suite_files import SKIPPED, lock_path_of, suite_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Executor

    from pytest_promptevo.improve.interruption import Interruption
    from pytest_promptevo.improve.plan import Plan
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.project.evolution import Evolution
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
                unknown,
                lambda done: self.reporter.show(f"{short_name(name)}: {done} of {total} answers"),
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

    def evolve(
        self,
        run: SuiteRun,
        plan: Plan | None = None,
        interruption: Interruption | None = None,
    ) -> Evolution:
        """Searches a better genome if the suite fails its gate, with ``evolve="all"`` always.

        Nothing is written: `accept` does that.

        Args:
            run: The suite.
            plan: How to search; as the settings say if not given.
            interruption: Hears when somebody wants the search to end; the best by then is
                tested.

        Raises:
            PromptEvoError: if a model cannot answer.
        """
        from pytest_promptevo.project.searching import evolve  # as few runs search

        return evolve(self, run, plan, interruption)

    def check_budget(self, run: SuiteRun, plan: Plan | None = None) -> None:
        """Checks that the budget suffices to search for a suite, if that may be searched for.

        A suite that passes by answers that are there already needs no search, and no budget.

        Args:
            run: The suite.
            plan: How to search; as the settings say if not given.

        Raises:
            SettingsError: if it does not, with one that does.
        """
        from pytest_promptevo.project.searching import check_budget

        check_budget(self, run, plan)

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
        from pytest_promptevo.project.accepting import accept  # as few runs write

        return accept(self, run, evolution)

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
