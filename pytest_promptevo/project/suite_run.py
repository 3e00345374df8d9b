"""A suite in this run: what is tested of it, and what came out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.errors import LockError, ModelUnavailable, PromptEvoError
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import changes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluator import Evaluator, Verdict
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.suite import Suite
    from pytest_promptevo.suite.golden import Example


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
        commits: Whether new answers become committed recordings.
        damage: What is wrong with the committed recordings that will be replaced.
        selected: Ids of the examples that this run tests.
        is_selected: Whether this run tests anything of the suite.
    """

    suite: Suite
    evaluator: Evaluator
    lock_path: Path
    entry: Entry | None
    genome: Genome
    digests: Mapping[str, str]
    commits: bool = True
    damage: PromptEvoError | None = None
    selected: set[str] = field(default_factory=set)
    is_selected: bool = False
    _failed: dict[str, PromptEvoError] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether this run tests all of the suite's examples."""
        return len(self.selected) == len(self.suite.examples)

    @property
    def stale(self) -> list[str]:
        """What changed since the entry was written, as far as models were asked by now."""
        if self.entry is None:
            return []
        asked = self.evaluator.answers.digests
        known = {role: asked[name] for role, name in self.suite.models.items() if name in asked}
        return changes(self.suite, self.entry, {**self.digests, **known})

    @property
    def is_locked_model(self) -> bool:
        """Whether the genome's model has, as far as is known, the weights that the lock names."""
        answers, reference = self.evaluator.answers, self._reference
        locked = answers.pinned.get(reference)
        return locked is None or answers.digests.get(reference, locked) == locked

    @property
    def _reference(self) -> str:
        return self.suite.models[self.genome["model"]]

    @property
    def is_draft(self) -> bool:
        """Whether failures are expected: a draft that has no entry yet."""
        return self.suite.draft and self.entry is None

    def verdict(self, example: Example) -> Verdict:
        """Returns the verdict on an example; an error is not provoked twice."""
        if example.id in self._failed:
            raise self._failed[example.id]
        try:
            return self.evaluator.verdict(self.genome, example)
        except PromptEvoError as bad:
            self.note(example, bad)
            raise

    def note(self, example: Example, error: PromptEvoError) -> None:
        """Remembers that an example cannot be evaluated."""
        self._failed[example.id] = error

    def prefetch(self, examples: list[Example], done: Callable[[int], None]) -> None:
        """Evaluates examples side by side and notes their errors, each long one once."""
        made_all = self.evaluator.many(self.genome, examples, done)
        told: set[str] = set()
        for example, made in zip(examples, made_all, strict=True):
            if isinstance(made, ModelUnavailable) and str(made) in told:
                self.note(example, ModelUnavailable.again(self._reference))
            elif isinstance(made, PromptEvoError):
                self.note(example, made)
                told.add(str(made))

    def adopt(self, entry: Entry) -> None:
        """Goes on with a new entry."""
        self.entry = entry
        self.genome = Genome(entry.genome)
        self.evaluator.answers.pinned = entry.digests
        self._failed.clear()


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
        if shot not in suite.pool:
            raise LockError(
                f"the genome of {suite.name!r} uses the few-shot example {shot!r}, which is gone",
                path=lock_path,
                hint="put it back, or search anew: delete the entry and run pytest --evolve",
            )
    if genome["model"] not in suite.models:
        raise LockError(
            f"the genome of {suite.name!r} uses the model role {genome['model']!r}, which is gone",
            path=lock_path,
            hint="put it back under models:, or delete the entry and run pytest --evolve",
        )
    return genome
