"""Loads suites with all that belongs to them: lock entry, recordings, store and engines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError, SettingsError
from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.project.outer_locks import outer_lock_problem
from pytest_promptevo.project.resources import Resources
from pytest_promptevo.project.suite_files import check_place, lock_path_of
from pytest_promptevo.project.suite_run import SuiteRun
from pytest_promptevo.project.tested_genome import tested_genome
from pytest_promptevo.recording import Answerer
from pytest_promptevo.scorers.installed import Installed, installed_scorers, merged
from pytest_promptevo.suite import load_suite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluation import Evaluation, Task
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.project.committed import SuiteFiles
    from pytest_promptevo.project.reporter import Reporter
    from pytest_promptevo.project.settings import Settings
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.providers import Provider
    from pytest_promptevo.recording import CommittedFile, Mode
    from pytest_promptevo.scorers import Factory, ScorerSet
    from pytest_promptevo.suite import Suite


class Loader:
    """Loads each suite of a project once.

    Args:
        root: The project's folder, absolute.
        settings: What the run was asked to do.
        reporter: Is told where long work stands.
        elsewhere: Evaluates a task in another process, where that is wanted.

    Attributes:
        root: The project's folder, absolute.
        settings: What the run was asked to do.
        reporter: Is told where long work stands.
        runs: The suites loaded so far, by path.
        resources: The locks, stores and engines that they share.
    """

    def __init__(
        self,
        root: Path,
        settings: Settings,
        reporter: Reporter,
        elsewhere: Callable[[Task], Evaluation] | None = None,
    ) -> None:
        self.runs: dict[Path, SuiteRun] = {}
        self.resources = Resources(root, settings, reporter)
        self.root = root
        self.settings = settings
        self.reporter = reporter
        self._elsewhere = elsewhere
        self._installed: Installed | None = None
        self._told: set[str] = set()

    def load(
        self,
        path: str | Path,
        scorers: Iterable[Mapping[str, Factory] | None] = (),
        *,
        added: Sequence[Example] = (),
        offering: Sequence[object] = (),
    ) -> SuiteRun:
        """Takes a suite into the run; once taken it is not loaded again.

        Args:
            path: The suite file, from the project's root.
            scorers: Scorers by name, beside those of installed packages.
            added: Golden examples that stand in no file yet.
            offering: The modules, objects and functions that offer scorers: where the suite
                uses one, their files are code that its verdicts depend on.

        Raises:
            PromptEvoError: if the suite, its lock or its recordings cannot be used, or its
                name is taken.
        """
        path = self.root / path
        if path in self.runs:
            return self.runs[path]
        if self._installed is None:
            self._installed = installed_scorers()
            for problem in self._installed.lost:
                self.reporter.say(problem)
        offered = merged([self._installed.scorers, *scorers])
        found_in = [*self._installed.offering, *offering]
        written = load_suite(path, self.root, offered, self._installed.lost, found_in)
        self._tell_replaced(written.scorers)
        suite = written.with_models(self.settings.models).with_repeats(self.settings.repeats)
        suite = suite.with_examples(added)
        lock_path = lock_path_of(path, self.root)
        check_place(path, lock_path, self.root)
        self._check_name(suite.name, path, lock_path)
        files = self.resources.locked(lock_path, suite.name)
        entry, (committed, damage) = files.entry, files.genome
        genome = tested_genome(suite, entry, lock_path, 0)
        if damage and self.settings.record != "all":
            raise damage
        engines = partial(self._engine, suite)
        answers = self.answerer(lock_path, committed, entry, self.settings.record, engines)
        evaluator = Evaluator(suite, answers, self.root, self._elsewhere, self.reporter.say)
        evaluator.speeds = entry.speeds if entry else {}
        run = self.runs[path] = SuiteRun(
            suite,
            evaluator,
            lock_path,
            entry,
            genome,
            self.resources.digests(suite) if entry else {},
            overridden=frozenset(
                role
                for role, reference in written.prompt.models.items()
                if suite.prompt.models[role] != reference
            ),
            damage=damage,
            outer_lock=outer_lock_problem(
                path, suite.name, lock_path, self.root, self.resources.lock
            ),
        )
        self.take_candidates(run, files)
        return run

    def take_candidates(self, run: SuiteRun, files: SuiteFiles) -> None:
        """Gives a suite the candidates of its entry.

        Their answers come from the committed recordings: a plain run asks no model for them,
        but where all is to be asked anew.
        """
        entry, mode = files.entry, self.settings.record
        run.left_over, run.candidates = files.left_over, []
        for number, (committed, damage) in enumerate(files.candidates, 1):
            if entry is None:
                return
            own = entry.as_candidate(number)
            source: Mode = mode if mode == "all" else "none"
            engines = partial(self._engine, run.suite)
            answers = self.answerer(run.lock_path, committed, own, source, engines)
            evaluator = Evaluator(run.suite, answers, self.root, say=self.reporter.say)
            evaluator.speeds = own.speeds
            candidate = run.as_candidate(number, own, evaluator)
            candidate.damage = damage
            try:
                candidate.genome = tested_genome(run.suite, own, run.lock_path, number)
            except LockError as exc:
                candidate.damage = exc
            run.candidates.append(candidate)

    def answerer(
        self,
        lock_path: Path,
        committed: CommittedFile,
        entry: Entry | None,
        mode: Mode,
        engines: Callable[[str], Provider] | None = None,
    ) -> Answerer:
        """Returns what answers a suite's requests.

        Args:
            lock_path: Its lock, beside which the local store is.
            committed: Its committed recordings.
            entry: Its lock entry, whose models' digests hold where the models are out of reach.
            mode: Where answers may come from.
            engines: Finds the engine of a model reference.
        """
        return Answerer(
            mode=mode,
            committed=committed,
            open_store=partial(self.resources.store_beside, lock_path),
            connect=engines or self.resources.provider,
            run=self.settings.run,
            pinned=entry.digests if entry else {},
        )

    def close(self) -> None:
        """Frees engines and stores. Closing twice is fine."""
        self.resources.close()

    def _engine(self, suite: Suite, reference: str) -> Provider:
        """Returns the engine of a model that a suite names; an error names the line."""
        try:
            return self.resources.provider(reference)
        except SettingsError as exc:
            raise suite.about_model(reference, exc) from None

    def _tell_replaced(self, scorers: ScorerSet) -> None:
        for name, module in scorers.replaced:
            told = f"the built-in scorer {name!r} is replaced by the one of {module}"
            if told not in self._told:
                self._told.add(told)
                self.reporter.say(told)

    def _check_name(self, name: str, path: Path, lock_path: Path) -> None:
        for other in self.runs.values():
            taken = other.suite.name
            if other.lock_path != lock_path or taken.casefold() != name.casefold():
                continue
            here, there = self._from_root(path), self._from_root(other.suite.path)
            if taken == name:
                raise SettingsError(
                    f"{here}: the suite name {name!r} is taken by {there}: rename one of them"
                )
            raise SettingsError(
                f"{here}: the suite name {name!r} differs from {taken!r} of {there} in case "
                "alone, and some file systems would keep their recordings in one file: rename "
                "one of them"
            )

    def _from_root(self, path: Path) -> str:
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )
