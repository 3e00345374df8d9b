"""A suite in this run: what is tested of it, and what came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError, ModelUnavailable, PromptEvoError
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import changes
from pytest_promptevo.project.suite_facts import SuiteFacts
from pytest_promptevo.project.verdict import verdict_on

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.project.verdict import Verdict
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.recording import CommittedFile
    from pytest_promptevo.suite import Suite


class CannotJudge(PromptEvoError):
    """A suite cannot be judged, because an example cannot be evaluated.

    Attributes:
        example: Id of the example.
        error: Why it cannot.
    """

    def __init__(self, suite: str, example: str, error: PromptEvoError) -> None:
        self.example = example
        self.error = error
        self._suite = suite
        super().__init__(f"cannot judge {suite}: example {example!r}: {error}")

    def __reduce__(self) -> tuple[type[CannotJudge], tuple[str, str, PromptEvoError]]:
        return CannotJudge, (self._suite, self.example, self.error)


CLEARLY = 0.1
"""How much less quality makes a known failure a regression."""


class Standing(Enum):
    """How an example stands against what the lock knows of it."""

    PASSED = "passed"
    FAILED = "failed"
    KNOWN = "known"
    WORSE = "worse"
    REGRESSED = "regressed"


@dataclass
class SuiteRun:
    """A suite in this run.

    Attributes:
        suite: The suite.
        evaluator: Evaluates it.
        lock_path: The lock that it belongs to.
        entry: Its entry there, or None.
        genome: The genome that is tested.
        digests: Role to the digest of its model, for models that are in reach at once.
        is_overridden: Whether other models serve it than its file says.
        damage: What is wrong with the committed recordings that will be replaced.
        selected: Ids of the examples that this run tests; all of them unless told otherwise.
        is_selected: Whether this run tests anything of the suite.
    """

    suite: Suite
    evaluator: Evaluator
    lock_path: Path
    entry: Entry | None
    genome: Genome
    digests: Mapping[str, str]
    is_overridden: bool = False
    damage: PromptEvoError | None = None
    selected: set[str] = field(default_factory=set)
    is_selected: bool = True
    _results: dict[str, Evaluation | PromptEvoError] = field(default_factory=dict)
    _facts: SuiteFacts | None = None
    _compared: tuple[tuple[Entry, dict[str, str]], list[str]] | None = None

    def __post_init__(self) -> None:
        self.selected = self.selected or set(self.suite.by_id)

    @property
    def is_whole(self) -> bool:
        """Whether this run tests all of the suite's examples."""
        return len(self.selected) == len(self.suite.examples)

    @property
    def stale(self) -> list[str]:
        """What changed since the entry was written, as far as models were asked by now."""
        if self.entry is None:
            return []
        asked, models = self.evaluator.answers.digests, self.suite.prompt.models
        known = {role: asked[name] for role, name in models.items() if name in asked}
        # Every record of a verdict asks, and the answer changes only with what is known.
        if self._compared is None or self._compared[0] != (self.entry, known):
            found = changes(self.suite, self.entry, {**self.digests, **known}, self._changed_golden)
            self._compared = ((self.entry, known), found)
        return self._compared[1]

    @property
    def foreign(self) -> str:
        """What is wrong with the committed recordings, if they are not those of the lock."""
        committed = self.evaluator.answers.committed
        where = f"{committed.path.parent.name}/{committed.path.name}"
        if self.entry is None:
            if not committed.digest:
                return ""
            return f"{where} is committed, but {self.lock_path.name} has no entry {self.suite.name}"
        if not self.entry.recordings or committed.digest == self.entry.recordings:
            return ""
        is_what = "is not the file that" if committed.digest else "is missing:"
        return f"{where} {is_what} {self.lock_path.name} was written with"

    @cached_property
    def _changed_golden(self) -> tuple[str, ...]:
        """Which golden examples are not as they were when the lock was written."""
        committed, now = self.evaluator.answers.committed.golden, self.suite.by_id
        if not committed:
            return ()
        new = [f"{example} new" for example in now if example not in committed]
        gone = [f"{example} gone" for example in committed if example not in now]
        changed = [
            f"{example} changed"
            for example, fingerprint in committed.items()
            if example in now and now[example].fingerprint != fingerprint
        ]
        return (*changed, *new, *gone)

    @cached_property
    def _comparable(self) -> Collection[str]:
        """The ids of examples that are as they were when the lock was written."""
        entry, suite = self.entry, self.suite
        if entry is None or entry.fingerprints.get("scorers") != suite.fingerprints["scorers"]:
            return ()
        if entry.fingerprints.get("golden") == suite.fingerprints["golden"]:
            return suite.by_id
        committed = self.evaluator.answers.committed.golden
        return {
            example.id
            for example in suite.examples
            if committed.get(example.id) == example.fingerprint
        }

    @property
    def facts(self) -> SuiteFacts:
        """What every record of a verdict says of the suite, made anew when it changes."""
        stale = tuple(self.stale)
        if self._facts is None or self._facts.stale != stale:
            suite = self.suite
            self._facts = SuiteFacts(
                suite=suite.name,
                lock=str(self.lock_path),
                threshold=suite.threshold,
                weights=dict(suite.objectives.weights),
                total=len(suite.examples),
                state="locked" if self.entry else "draft" if suite.draft else "shipped",
                stale=stale,
                damage=str(self.damage).splitlines()[0] if self.damage else "",
                held_out=tuple(self.entry.held_out.ids)
                if self.entry and self.entry.held_out
                else (),
            )
        return self._facts

    @property
    def is_draft(self) -> bool:
        """Whether failures are expected: a draft that has no entry yet."""
        return self.suite.draft and self.entry is None

    def evaluation(self, example: Example) -> Evaluation:
        """Returns the evaluation of an example; neither it nor its error is made twice.

        Raises:
            PromptEvoError: if the example cannot be evaluated.
        """
        if example.id not in self._results:
            try:
                self._results[example.id] = self.evaluator.evaluate(self.genome, example)
            except PromptEvoError as exc:
                self._results[example.id] = exc
        result = self._results[example.id]
        if isinstance(result, PromptEvoError):
            raise result
        return result

    def judge(self) -> Verdict:
        """Judges all examples of the suite.

        Raises:
            CannotJudge: naming the first example that cannot be evaluated.
        """
        evaluations = []
        for example in self.suite.examples:
            try:
                evaluations.append(self.evaluation(example))
            except PromptEvoError as exc:
                raise CannotJudge(self.suite.name, example.id, exc) from None
        return self.verdict(evaluations)

    def verdict(self, evaluations: Sequence[Evaluation]) -> Verdict:
        """Judges the tested genome's evaluations of all golden examples."""
        return verdict_on(self.suite, evaluations, self.entry, self._comparable)

    def standing(self, evaluation: Evaluation) -> Standing:
        """Returns how an example stands against what the lock knows of it."""
        if evaluation.passed:
            return Standing.PASSED
        entry = self.entry
        if entry is None:
            return Standing.FAILED
        example, quality = evaluation.example, evaluation.score.quality
        if not entry.fails(example, self.suite.pass_mark):
            return Standing.REGRESSED
        is_worse = (
            entry.quality is not None
            and example in self._comparable
            and entry.quality.get(example, 1.0) - quality > CLEARLY
        )
        return Standing.WORSE if is_worse else Standing.KNOWN

    def is_new(self, evaluation: Evaluation) -> bool:
        """Whether its answers are others than the committed ones."""
        recordings = [asked.recording for asked in evaluation.asked]
        committed = self.evaluator.answers.committed.by_example.get(evaluation.example, [])
        return recordings != committed

    def unknown(self) -> list[Example]:
        """Returns the selected examples whose answer a model has yet to give."""
        examples = []
        for example in self.suite.examples:
            if example.id not in self.selected or example.id in self._results:
                continue
            try:
                if not self.evaluator.is_known(self.genome, example):
                    examples.append(example)
            except PromptEvoError as exc:
                self._results[example.id] = exc
        return examples

    def prefetch(self, examples: Sequence[Example], done: Callable[[int], None]) -> None:
        """Evaluates examples side by side; of the errors each long one is kept once."""
        results = self.evaluator.many(self.genome, examples, done)
        reference, told = self.suite.prompt.reference(self.genome), set[str]()
        for example, result in zip(examples, results, strict=True):
            if isinstance(result, ModelUnavailable) and str(result) in told:
                self._results[example.id] = ModelUnavailable.again(reference)
                continue
            self._results[example.id] = result
            if isinstance(result, PromptEvoError):
                told.add(str(result))

    def adopt(
        self, entry: Entry, committed: CommittedFile, evaluations: Iterable[Evaluation]
    ) -> None:
        """Goes on with a new entry, its recordings and what is known of its genome."""
        self.evaluator.answers.committed = committed
        for name in ("_changed_golden", "_comparable"):
            self.__dict__.pop(name, None)
        self.entry, self._facts = entry, None
        self.genome = Genome(entry.genome)
        self.evaluator.answers.pinned = entry.digests
        self._results = {evaluation.example: evaluation for evaluation in evaluations}


def tested_genome(suite: Suite, entry: Entry | None, lock_path: Path) -> Genome:
    """Returns the locked genome, with shipped values for genes that are newer than the lock.

    Raises:
        LockError: if it uses what the suite no longer has.
    """
    if entry is None:
        return suite.shipped
    known = {name: value for name, value in entry.genome.items() if name in suite.shipped}
    genome = Genome({**suite.shipped, **known})
    for shot in genome.get("shots", ()):
        if shot not in suite.prompt.pool:
            raise LockError(
                f"the genome of {suite.name!r} uses the few-shot example {shot!r}, which is gone",
                path=lock_path,
                hint="put it back, or search anew: delete the entry and run pytest --evolve",
            )
    if genome["model"] not in suite.prompt.models:
        raise LockError(
            f"the genome of {suite.name!r} uses the model role {genome['model']!r}, which is gone",
            path=lock_path,
            hint="put it back under models:, or delete the entry and run pytest --evolve",
        )
    return genome
