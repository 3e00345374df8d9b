"""What a change does to the suites of a project, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.review.evidence import Evidence
    from pytest_promptevo.review.figures import Figures
    from pytest_promptevo.review.flips import Flips
    from pytest_promptevo.review.golden_changes import GoldenChanges
    from pytest_promptevo.review.outcomes import Outcomes
    from pytest_promptevo.review.pieces import Told
    from pytest_promptevo.review.prompts import PromptChange
    from pytest_promptevo.review.staleness import Staleness
    from pytest_promptevo.review.tags import TagRow
    from pytest_promptevo.review.words import Condition, Word


@dataclass(frozen=True)
class Weights:
    """A model whose weights are others under the same name.

    Attributes:
        reference: The name.
        before: Digest before.
        after: Digest after.
    """

    reference: str
    before: str
    after: str


@dataclass(frozen=True)
class SuiteChange:
    """What a change does to a suite.

    Attributes:
        name: The suite.
        folder: The folder of its lock.
        word: What happened to it, in a word.
        conditions: What the change may be refused for.
        entries: Its lock entries before and after.
        outcomes: How its examples stood before and after.
        evidence: What speaks for the change, or against it; None where there is nothing to
            compare.
        tested: How many examples that is about.
        figures: Its figures.
        flips: The examples that stand otherwise.
        prompt: What the model receives.
        golden: Which golden examples changed.
        staleness: Whether the lock is about this code.
        weights: The model that has other weights, if the genome's has.
        tags: A row for each tag.
        settings: What else changed that a reviewer should see, a sentence each.
        lost_evidence: Whether the evidence that the old end had is gone, of the same genome.
        is_suite_gone: Whether the suite's file is gone, and not its entry alone.
        is_suite_new: Whether there was neither before.
    """

    name: str
    folder: str
    word: Word
    conditions: frozenset[Condition]
    entries: tuple[Entry | None, Entry | None]
    outcomes: tuple[Outcomes | None, Outcomes | None]
    evidence: Evidence | None
    tested: int
    figures: Figures
    flips: Flips
    prompt: PromptChange
    golden: GoldenChanges
    staleness: Staleness
    weights: Weights | None
    tags: tuple[TagRow, ...]
    settings: tuple[Told, ...]
    lost_evidence: bool
    is_suite_gone: bool
    is_suite_new: bool

    @property
    def is_relocked(self) -> bool:
        """Whether the lock entry is another one than before."""
        return self.entries[0] != self.entries[1]

    @property
    def has_same_answers(self) -> bool:
        """Whether the genome, and its answers to what both ends ask, are as before."""
        old, new = self.entries
        return bool(old and new and old.genome == new.genome and self.flips.is_still)


@dataclass(frozen=True)
class Review:
    """What a change does to a project.

    Attributes:
        before: What the old end is called.
        after: What the new end is called.
        suites: What changed, the worst first.
        total: How many suites there are at the new end, and were at the old one alone.
        unreadable: What could not be read at the old end alone, an error each.
        unread: What could not be read at either end, so that nothing is known of its change.
    """

    before: str
    after: str
    suites: tuple[SuiteChange, ...]
    total: int
    unreadable: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
