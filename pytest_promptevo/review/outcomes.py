"""What the lock and the recordings of an end say of each golden example."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_promptevo.prompt import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.recording import CommittedFile, Recording
    from pytest_promptevo.review.ends import End

_LEAST = 1e-9


@dataclass(frozen=True)
class Outcome:
    """How an example stood when the lock was written.

    Attributes:
        example: Its id.
        golden: Digest of the golden example that was answered; empty if that is not known.
        quality: Its quality.
        passed: Whether that reaches the pass mark of the lock.
        recordings: Its recorded answers.
    """

    example: str
    golden: str
    quality: float
    passed: bool
    recordings: tuple[Recording, ...]

    @property
    def answer(self) -> str:
        """The last answer, raw."""
        return self.recordings[-1].text if self.recordings else ""

    @property
    def is_cut(self) -> bool:
        """Whether that was cut off by its limit of tokens."""
        return bool(self.recordings) and self.recordings[-1].finish == "length"


@dataclass(frozen=True)
class Outcomes:
    """The outcomes of one end, and the golden examples that they are of, as far as known.

    Attributes:
        entry: The lock entry.
        by_id: Example id to outcome.
        examples: Id to the golden example of this end's files, whose digest may be another one.
    """

    entry: Entry
    by_id: Mapping[str, Outcome]
    examples: Mapping[str, Example]

    @cached_property
    def passed(self) -> int:
        """How many examples pass."""
        return sum(outcome.passed for outcome in self.by_id.values())

    def golden_of(self, example: str) -> Example | None:
        """Returns the golden example that was answered, if this end's files still have it."""
        outcome, known = self.by_id.get(example), self.examples.get(example)
        if outcome is None or known is None:
            return None
        return known if outcome.golden in ("", known.fingerprint) else None

    def under_new_ids(self, renamed: Mapping[str, str], after: Outcomes) -> Outcomes:
        """Returns the outcomes of examples that have other ids by now under these.

        Args:
            renamed: New id to old id.
            after: The outcomes of the new end, whose lock may know the old ids still.
        """
        by_id, examples = dict(self.by_id), dict(self.examples)
        for new, old in renamed.items():
            if old not in by_id or old in after.by_id or new not in after.by_id:
                continue
            outcome, was = by_id.pop(old), examples.pop(old)
            examples[new] = replace(was, id=new)
            is_known = outcome.golden == was.fingerprint
            golden = examples[new].fingerprint if is_known else outcome.golden
            by_id[new] = replace(outcome, example=new, golden=golden)
        return Outcomes(self.entry, by_id, examples)


def outcomes_of(end: End) -> Outcomes | None:
    """Returns what an end knows of its examples; None without a lock entry.

    Qualities are those of the lock: scorers may be the user's own code, and none is run.
    """
    entry = end.entry
    if entry is None:
        return None
    known = {each.id: each for each in end.suite.examples} if end.suite else {}
    found = {each.example: each for each in _outcomes(entry, end.committed)}
    return Outcomes(entry, found, known)


def _outcomes(entry: Entry, committed: CommittedFile) -> Iterator[Outcome]:
    for example, recordings in committed.by_example.items():
        if entry.quality is None:  # version 1 tells which fail, and not how badly
            quality = 0.0 if example in entry.known_failures else 1.0
        else:
            quality = entry.quality.get(example, 1.0)
        yield Outcome(
            example,
            committed.golden.get(example, ""),
            quality,
            quality >= entry.pass_mark - _LEAST,
            tuple(recordings),
        )


def expected_text(example: Example | None) -> str | None:
    """Returns what is expected of an example, as text; None if it is not known."""
    return None if example is None else as_text(example.expected)
