"""A suite in this run: what is tested of it, and what came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.errors import (
    LockError,
    ModelUnavailable,
    PromptEvoError,
    SuiteError,
)
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import changes
from pytest_promptevo.project.against_lock import AgainstLock, Standing
from pytest_promptevo.project.suite_facts import SuiteFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
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


@dataclass
class SuiteRun:
    """A suite in this run, with its locked genome or with one of the candidates beside that.

    Attributes:
        suite: The suite.
        evaluator: Evaluates it.
        lock_path: The lock that it belongs to.
        entry: Its entry there, or None.
        genome: The genome that is tested.
        digests: Role to the digest of its model, for models that are in reach at once.
        overridden: The roles that other models serve than its file says.
        damage: What is wrong with the committed recordings that will be replaced.
        selected: Ids of the examples that this run tests; all of them unless told otherwise.
        is_selected: Whether this run tests anything of the suite.
        asks_all: Whether the suite is judged as a whole, though a part of it is selected.
        number: Which candidate its genome is, from 1 on; 0: the locked genome.
        candidates: The candidates beside the locked genome, each as if it were that.
        left_over: Names of committed recordings of candidates that the lock does not have.
        outer_lock: What is wrong with a lock further up, which is not used but knows the suite.
    """

    suite: Suite
    evaluator: Evaluator
    lock_path: Path
    entry: Entry | None
    genome: Genome
    digests: Mapping[str, str]
    overridden: frozenset[str] = frozenset()
    damage: PromptEvoError | None = None
    selected: set[str] = field(default_factory=set)
    is_selected: bool = True
    asks_all: bool = False
    number: int = 0
    candidates: list[SuiteRun] = field(default_factory=list)
    left_over: tuple[str, ...] = ()
    outer_lock: LockError | None = None
    _results: dict[str, Evaluation | PromptEvoError] = field(default_factory=dict)
    _facts: SuiteFacts | None = None
    _against: AgainstLock | None = None
    _scorer_problems: list[str] | None = None
    _compared: tuple[tuple[Entry, dict[str, str]], list[str]] | None = None

    def __post_init__(self) -> None:
        self.selected = self.selected or set(self.suite.by_id)

    @property
    def name(self) -> str:
        """What it is called: the suite's name, for a candidate with its number."""
        return f"{self.suite.name}[candidate-{self.number}]" if self.number else self.suite.name

    @property
    def judged(self) -> Sequence[Example]:
        """The examples that it is judged by: all, for a candidate those its search did not have."""
        if not self.number:
            return self.suite.examples
        unseen = self.against.unseen
        return [self.suite.by_id[example] for example in unseen.held_out + unseen.later]

    @property
    def is_overridden(self) -> bool:
        """Whether another model serves its genome than its file says; other roles do not count."""
        return self.genome["model"] in self.overridden

    @property
    def is_whole(self) -> bool:
        """Whether this run tests all of the suite's examples."""
        return len(self.selected) == len(self.suite.examples)

    @property
    def stale(self) -> list[str]:
        """What changed since the entry was written, as far as models were asked by now."""
        if self.entry is None:
            return []
        known = self.model_digests
        # Every record of a verdict asks, and the answer changes only with what is known.
        if self._compared is None or self._compared[0] != (self.entry, known):
            found = changes(
                self.suite,
                self.entry,
                known,
                self.against.golden_changes,
                self.overridden - {self.genome["model"]},
            )
            self._compared = ((self.entry, known), found)
        return self._compared[1]

    @property
    def model_digests(self) -> dict[str, str]:
        """Role to the digest of its model, for models that are in reach or were asked by now."""
        asked, models = self.evaluator.answers.digests, self.suite.prompt.models
        known = {role: asked[name] for role, name in models.items() if name in asked}
        return {**known, **self.digests}

    @property
    def against(self) -> AgainstLock:
        """The suite beside its entry and the committed recordings."""
        committed = self.evaluator.answers.committed
        known = self._against
        if known is None or known.entry is not self.entry or known.committed is not committed:
            known = self._against = AgainstLock(self.suite, self.entry, committed)
        return known

    @property
    def facts(self) -> SuiteFacts:
        """What every record of a verdict says of the suite, made anew when it changes."""
        stale = tuple(self.stale)
        if self._facts is None or self._facts.stale != stale:
            reference = self.suite.prompt.reference(self.genome)
            self._facts = SuiteFacts.of(
                self.evaluator,
                self.entry,
                self.lock_path,
                reference,
                stale,
                self.damage,
                is_foreign=bool(self.foreign()),
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
                self._results[example.id] = self.evaluator.repeated(self.genome, example)
            except PromptEvoError as exc:
                self._results[example.id] = exc
        result = self._results[example.id]
        if isinstance(result, PromptEvoError):
            raise result
        return result

    def check_scorers(self) -> None:
        """Tests the scorers, once: by them everything is judged.

        Raises:
            SuiteError: if a right answer does not pass, or an empty one does.
        """
        if self._scorer_problems is None:
            from pytest_promptevo.suite.scorer_check import check_scorers

            self._scorer_problems = check_scorers(self.suite)
        if self._scorer_problems:
            raise SuiteError(
                "\n".join(["the scorers cannot be trusted", *self._scorer_problems]),
                path=self.suite.path,
                hint="mend the scorer or the example, or do without this check "
                "(scorer_check: false in the suite file)",
            )

    def judge(self) -> Verdict:
        """Judges all examples of the suite, for a candidate those its search did not have.

        Raises:
            SuiteError: if the scorers cannot be trusted.
            LockError: if a candidate has no held-out examples left.
            CannotJudge: naming the first example that cannot be evaluated.
        """
        self.check_scorers()
        evaluations = []
        for example in self.judged:
            try:
                evaluations.append(self.evaluation(example))
            except PromptEvoError as exc:
                raise CannotJudge(self.name, example.id, exc) from None
        if not self.against.unseen.held_out and self.number:
            raise LockError(
                f"none of the examples is left that {self.name} is judged by",
                path=self.lock_path,
                hint="put them back, or drop the candidate: pytest --promptevo-update-lock",
            )
        return self.against.verdict(evaluations)

    def fallen(self) -> list[str]:
        """Returns which judged examples score lower than the lock knows, with both qualities."""
        known = (self.entry.quality if self.entry else None) or {}
        evaluations = [self.evaluation(example) for example in self.judged]
        return [
            f"{each.example} ({known.get(each.example, 1.0):.3g} -> {each.score.quality:.3g})"
            for each in evaluations
            if each.example in self.against.comparable
            and self.against.standing(each) in (Standing.REGRESSED, Standing.WORSE)
        ]

    def unknown(self) -> list[Example]:
        """Returns the examples this run needs whose answer a model has yet to give."""
        examples = []
        for example in self.suite.examples:
            is_needed = self.asks_all or example.id in self.selected
            if not is_needed or example.id in self._results:
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
        reference = self.suite.prompt.reference(self.genome)
        told = set[str]()
        for example, result in zip(examples, results, strict=True):
            if isinstance(result, ModelUnavailable) and str(result) in told:
                self._results[example.id] = ModelUnavailable.again(reference, result)
                continue
            self._results[example.id] = result
            if isinstance(result, PromptEvoError):
                told.add(str(result))

    def as_candidate(self, number: int, entry: Entry, evaluator: Evaluator) -> SuiteRun:
        """Returns the suite with a candidate in place of the locked genome.

        Args:
            number: The candidate's number.
            entry: The suite's entry, as if the candidate were the genome.
            evaluator: Evaluates the candidate by its own recordings.
        """
        run = SuiteRun(
            self.suite,
            evaluator,
            self.lock_path,
            entry,
            Genome(entry.genome),
            self.digests,
            self.overridden,
            number=number,
        )
        run.selected = {example.id for example in run.judged}
        return run

    def foreign(self) -> str:
        """Returns what is wrong with recordings that are not those of the lock, or nothing."""
        lock = self.lock_path.name
        for run in (self, *self.candidates):
            if problem := run.against.foreign(self.lock_path):
                return problem
        if self.left_over:
            name = f"{self.against.committed.path.parent.name}/{self.left_over[0]}"
            return f"{name} is committed, but {lock} has no such candidate"
        return ""

    def adopt(
        self, entry: Entry, committed: CommittedFile, evaluations: Iterable[Evaluation]
    ) -> None:
        """Goes on with a new entry, its recordings and what is known of its genome."""
        self.evaluator.answers.committed = committed
        self.entry, self._facts = entry, None
        self.genome = Genome(entry.genome)
        self.evaluator.answers.pinned = entry.digests
        self.evaluator.speeds = entry.speeds
        self._results = {evaluation.example: evaluation for evaluation in evaluations}
