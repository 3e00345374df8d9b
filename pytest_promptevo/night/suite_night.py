"""One suite's night: its rollout is settled, or failures become examples and genomes candidates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.base.text_files import atomic_write
from pytest_promptevo.errors import LockError, SettingsError
from pytest_promptevo.evolve import Budget
from pytest_promptevo.genome import Genome
from pytest_promptevo.improve.search import Plan
from pytest_promptevo.night.archive import Archive, about
from pytest_promptevo.night.golden_file import golden_file, with_examples
from pytest_promptevo.night.harvest import Harvest, harvest, most_of
from pytest_promptevo.night.production import standing
from pytest_promptevo.night.report import code
from pytest_promptevo.night.served import ServedGenomes
from pytest_promptevo.night.settle import winner_of, without_candidates, write_entry
from pytest_promptevo.night.sides import Sides, note
from pytest_promptevo.night.teaching import taught
from pytest_promptevo.night.undo import Undo
from pytest_promptevo.project.committed import recordings_path
from pytest_promptevo.runtime.arms import read_arms
from pytest_promptevo.state.failures import READY, failures, take

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_promptevo.genome import SearchSpace
    from pytest_promptevo.night.nights import NightFolder
    from pytest_promptevo.night.reward_model import Keep
    from pytest_promptevo.project import Evolution, Project, SuiteRun
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.runtime.arms import Arms
    from pytest_promptevo.state.sql_state import SqlState
    from pytest_promptevo.suite import Suite

CANDIDATES = 3
"""Most candidates of a night."""


@dataclass
class SuiteNight:
    """The night of one suite.

    Attributes:
        project: The project, which has not loaded the suite yet.
        state: The store of production, or None if it cannot be had.
        folder: The private folder of the nights.
        number: The night's number: the seed of all chance.
        keep: Which children the reward model keeps.
        calls: Most calls of the search with all tests; None: the default budget.
        seconds: Most seconds of the search; None: no bound.
        told: What is told of it, in Markdown.
    """

    project: Project
    state: SqlState | None
    folder: NightFolder
    number: int
    keep: Keep
    calls: int | None = None
    seconds: float | None = None
    told: list[str] = field(default_factory=list)

    def run(self, path: Path) -> None:
        """Does all that is to be done, and writes it.

        Args:
            path: The suite file.

        Raises:
            PromptEvoError: if something cannot be used, or a model cannot answer.
            OSError: if a file cannot be written.
        """
        loaded = self.project.load(path)
        if loaded.entry is None:
            self.told.append("it has no lock entry: accept a genome first (pytest --evolve)")
            return
        if problem := loaded.stale or loaded.foreign():
            what = problem if isinstance(problem, str) else "; ".join(problem)
            raise LockError(
                f"{loaded.suite.name} is not as the lock has it: {what}",
                path=loaded.lock_path,
                hint="run pytest --promptevo-update-lock",
            )
        if loaded.entry.candidates:
            self._look_at_rollout(loaded)
            return
        found = self._harvested(loaded.suite)
        file = golden_file(loaded.suite)
        if found.taken and file is None:
            self.told.append(
                f"{len(found.taken)} failures could become golden examples, but they are added to "
                "JSONL files only: move the suite's examples into one (golden: FILE.jsonl)"
            )
            found = replace(found, taken=())
        self._tell(found, most_of(loaded.suite))
        run = self._with(path, loaded, found.taken)
        evolution = self._evolved(run)
        self._write(run, found.taken, file, evolution)

    def _harvested(self, suite: Suite) -> Harvest:
        if self.state is None:
            self.told.append("the store of production is not here, so no failures are looked for")
            return Harvest()
        found = harvest(suite, failures(self.state, suite=suite.name, status=READY))
        for number in found.there:
            take(self.state, number)
        return found

    def _arms(self, run: SuiteRun) -> Arms:
        return read_arms(
            run.lock_path, run.suite.name, {}, None, self.project.root if run.suite.target else None
        )

    def _with(self, path: Path, run: SuiteRun, taken: Sequence[Example]) -> SuiteRun:
        """Returns the suite with new examples, none of which is in a file yet."""
        if not taken:
            return run
        del self.project.runs[self.project.root / path]
        return self.project.load(path, added=taken)

    def _tell(self, found: Harvest, most: int) -> None:
        if found.taken:
            ids = ", ".join(code(example.id) for example in found.taken)
            self.told.append(f"{len(found.taken)} failures of production become examples: {ids}")
        if found.waiting:
            self.told.append(
                f"{found.waiting} more wait in the queue: {most} a night are taken at most"
            )
        self.told += [
            f"failure {number} is not taken: {code(why)}" for number, why in found.refused
        ]

    # A rollout that is at work.

    def _look_at_rollout(self, run: SuiteRun) -> None:
        if self.state is None or run.entry is None:
            self.told.append("its candidates are on trial, but the store of production is not here")
            return
        arms = self._arms(run)
        found = standing(self.state, arms, run.entry)
        genomes = {arm: each.prompt.genome for arm, each in arms.by_id.items()}
        self._served(run.suite).note(genomes, found.dropped)
        if not found.settled:
            self.told.append(f"its candidates are on trial, so nothing else is tried: {found.why}")
            return
        if found.settled == "won":
            entry, text = winner_of(run, found)
            self.told.append(
                f"candidate {found.winner} has won and becomes the genome: its reward is "
                f"{found.difference} beside the old one's (an interval that holds at any time)"
            )
        else:
            entry = without_candidates(run.entry)
            text = recordings_path(run.lock_path, run.suite.name).read_text("utf-8")
            self.told.append(f"its candidates are dropped: {code(found.why)}")
        with self._all_or_none(run, None):
            write_entry(self.project, run, entry, text)

    # A search.

    def _evolved(self, run: SuiteRun) -> Evolution | None:
        """Searches, from the locked genome: where no rollout is at work, it is the best arm."""
        suite, space = run.suite, run.suite.space
        if space is None or not space.free:
            self.told.append("nothing of it may vary, so nothing is searched")
            return None
        if self.seconds is not None and self.seconds <= 0:
            self.told.append("no time is left to search")
            return None
        noted = self.folder.of(suite.name, "sides.json")
        held_out = Sides.of(run.entry, noted).split(suite)
        if not held_out:
            self.told.append("it has too few examples to confirm candidates (16 are needed)")
            return None
        verdict = self.project.judge(run)
        if not verdict.passes:
            self.told.append(
                "the locked genome fails its gate, so nothing can be proposed beside it: "
                f"{code(verdict.breaches[0])}; pytest --evolve searches one that does not"
            )
            return None
        archive = Archive(self.folder.of(suite.name, "searches.jsonl"), about(suite))
        plan = self._plan(run, space, archive, held_out)
        try:
            evolution = self.project.evolve(run, plan)
        except SettingsError as exc:
            self.told.append(f"nothing is searched: {code(exc)}")
            return None
        outcome = evolution.outcome
        if outcome is not None:
            seen = [each for each in suite.examples if each.id not in held_out]
            archive.put(self.number, outcome.result, seen)
            note(noted, suite, held_out)
            self.told.append(
                f"searched: {outcome.result.evaluations:,} evaluations, {outcome.calls:,} calls, "
                f"{evolution.paid:,} of them to models"
            )
        return evolution

    def _plan(
        self,
        run: SuiteRun,
        space: SearchSpace,
        archive: Archive,
        held_out: frozenset[str],
    ) -> Plan:
        served, log = self._served(run.suite), []
        if self.state is not None:
            served.note({arm: each.prompt.genome for arm, each in self._arms(run).by_id.items()})
            log = served.log(self.state, run.suite.name)
        model = taught(run, space, self.keep, log, archive.before(self.number), held_out)
        self.told.append(f"reward model {model.reason}")
        rng = np.random.default_rng([self.number, 1])

        def screen(children: Sequence[Genome]) -> Sequence[Genome]:
            return model.screen(children, rng)

        bound = self.calls is not None or self.seconds is not None
        return Plan(
            "racing",
            self.number,
            Budget(calls=self.calls, seconds=self.seconds) if bound else None,
            candidates=CANDIDATES,
            keeps=True,
            held_out=held_out,
            barred=served.dropped,
            screen=screen if model.active else None,
        )

    def _served(self, suite: Suite) -> ServedGenomes:
        return ServedGenomes(self.folder.of(suite.name, "served.json"), about(suite))

    # Writing.

    def _write(
        self,
        run: SuiteRun,
        taken: Sequence[Example],
        file: Path | None,
        evolution: Evolution | None,
    ) -> None:
        """Writes examples, recordings and lock: all or nothing."""
        proposes = self._proposes(evolution)
        if not taken and not proposes:
            self.told.append("nothing is proposed")
            return
        text = with_examples(file, taken) if file is not None and taken else None
        with self._all_or_none(run, file if taken else None):
            if file is not None and text is not None:
                atomic_write(file, text)
                self.project.accept(run, replace(evolution, outcome=None) if evolution else None)
            if proposes and evolution is not None:
                self.project.accept(run, evolution)

    def _proposes(self, evolution: Evolution | None) -> bool:
        if evolution is None or evolution.outcome is None or evolution.outcome.trial is None:
            return False
        for each in evolution.outcome.trial.tested:
            shown = code(Genome(each.genome).key)
            if each.problem:
                self.told.append(f"not proposed: {shown}: {code(each.problem)}")
            else:
                self.told.append(
                    f"candidate: {shown}, fitness {each.comparison.difference} beside the locked "
                    f"genome on {len(evolution.outcome.trial.held_out)} held-out examples "
                    f"({each.comparison.verdict})"
                )
        return evolution.outcome.proposes

    def _all_or_none(self, run: SuiteRun, file: Path | None) -> _Writing:
        lock, name = run.lock_path, run.suite.name
        files = [lock, *([file] if file else [])]
        files += [recordings_path(lock, name, number) for number in range(CANDIDATES + 1)]
        return _Writing(undo_of(self.folder, self.project.root), files)


@dataclass
class _Writing:
    """Changes files all or none."""

    undo: Undo
    files: Sequence[Path]

    def __enter__(self) -> None:
        self.undo.begin(self.files)

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.undo.done()
        else:
            self.undo.back()


def undo_of(folder: NightFolder, root: Path) -> Undo:
    """Returns the way back for the files of a project."""
    return Undo(folder.path / "undo.json", root)
