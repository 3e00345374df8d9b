"""How a suite, its examples and its recordings stand against the lock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import comb
from typing import TYPE_CHECKING

from pytest_promptevo.fitness.drawn import Draws, Stratum
from pytest_promptevo.fitness.paired import ALPHA, SAME
from pytest_promptevo.lock import Unseen, same_scorers, unseen_examples
from pytest_promptevo.project.verdict import Verdict, verdict_on

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.recording import CommittedFile, Recording
    from pytest_promptevo.suite import Suite

CLEARLY = 0.1
"""How much less quality makes a known failure a regression."""


class Standing(Enum):
    """How an example stands against what the lock knows of it.

    ``unstable``: of several draws fewer pass than in the lock, but not beyond chance.
    """

    PASSED = "passed"
    FAILED = "failed"
    KNOWN = "known"
    UNSTABLE = "unstable"
    WORSE = "worse"
    REGRESSED = "regressed"


@dataclass(frozen=True)
class AgainstLock:
    """A suite beside its lock entry and the recordings that were committed with it.

    Attributes:
        suite: The suite as it is now.
        entry: Its entry, or None.
        committed: The recordings.
    """

    suite: Suite
    entry: Entry | None
    committed: CommittedFile

    def foreign(self, lock_path: Path) -> str:
        """Returns what is wrong with the recordings, if they are not those of the lock.

        Args:
            lock_path: The lock, for the message.
        """
        lock = lock_path.name
        path, digest = self.committed.path, self.committed.digest
        where = f"{path.parent.name}/{path.name}"
        if self.entry is None:
            if not digest:
                return ""
            gone = f"has no entry {self.suite.name}" if lock_path.exists() else "is gone"
            return f"{where} is committed, but {lock} {gone}"
        if not self.entry.recordings:
            if self.entry.quality is None:
                return ""
            return f"entry {self.suite.name} of {lock} names no recordings, as every entry does"
        if digest != self.entry.recordings:
            what = "is not the file" if digest else "is missing,"
            return f"{where} {what} with which {lock} was written"
        if wrong := self._wrong_golden:
            others = f" and {len(wrong) - 1} more" if len(wrong) > 1 else ""
            return (
                f"{where} says of {wrong[0]!r}{others} that another golden example was answered "
                f"than the one with which {lock} was written"
            )
        return ""

    @property
    def _wrong_golden(self) -> list[str]:
        """The examples whose digest in the recordings is not theirs, if all are as locked."""
        if self.entry is None or not self._is_golden_as_locked(self.entry):
            return []
        now = self.suite.by_id
        return [
            example
            for example, fingerprint in self.committed.golden.items()
            if example not in now or now[example].fingerprint != fingerprint
        ]

    def _is_golden_as_locked(self, entry: Entry) -> bool:
        return entry.fingerprints.get("golden") == self.suite.fingerprints["golden"]

    @cached_property
    def golden_changes(self) -> tuple[str, ...]:
        """Which golden examples are not as they were when the lock was written, where known."""
        committed, now = self.committed.golden, self.suite.by_id
        if not committed:
            return ()
        edited = [
            f"{example} edited"
            for example, fingerprint in committed.items()
            if example in now and now[example].fingerprint != fingerprint
        ]
        new = [f"{example} new" for example in now if example not in committed]
        gone = [f"{example} gone" for example in committed if example not in now]
        if found := (*edited, *new, *gone):
            return found
        is_same = self.entry is not None and self._is_golden_as_locked(self.entry)
        return () if is_same else ("their order",)

    @cached_property
    def comparable(self) -> Collection[str]:
        """The ids of examples that are, and are scored, as when the lock was written."""
        entry, suite = self.entry, self.suite
        if entry is None or not same_scorers(suite, entry):
            return ()
        if self._is_golden_as_locked(entry):
            return suite.by_id
        return {
            example.id
            for example in suite.examples
            if self.committed.golden.get(example.id) == example.fingerprint
        }

    @cached_property
    def unseen(self) -> Unseen:
        """The examples that the search for the locked genome never saw."""
        if self.entry is None:
            return Unseen()
        return unseen_examples(self.suite, self.entry.held_out, [self.entry.genome])

    @property
    def judged_otherwise(self) -> list[str]:
        """Held-out examples that failed, and are edited or scored otherwise since."""
        if self.entry is None or self.entry.held_out is None:
            return []
        failing, least = self.entry.held_out.failing, self.suite.pass_mark - 1e-9
        return [
            example
            for example, digest in self.unseen.digests.items()
            if failing.get(digest, 1.0) < least and example not in self.comparable
        ]

    def verdict(self, evaluations: Sequence[Evaluation]) -> Verdict:
        """Judges the evaluations of all golden examples."""
        return verdict_on(self.suite, evaluations, self.entry, self.comparable, self.unseen)

    def standing(self, evaluation: Evaluation) -> Standing:
        """Returns how an example stands against what the lock knows of it."""
        if evaluation.passed:
            return Standing.PASSED
        if self.entry is None:
            return Standing.FAILED
        example, quality = evaluation.example, evaluation.score.quality
        known = (self.entry.quality or {}).get(example, 1.0)
        if evaluation.draws > 1 and self.entry.quality is not None:
            is_noise = not self._is_beyond_noise(known, evaluation)
        else:
            is_noise = False
        if not self.entry.fails(example, self.suite.pass_mark):
            return Standing.UNSTABLE if is_noise else Standing.REGRESSED
        if self.entry.quality is None or example not in self.comparable:
            return Standing.KNOWN
        is_worse = known - quality > CLEARLY and not is_noise
        return Standing.WORSE if is_worse else Standing.KNOWN

    def _is_beyond_noise(self, known: float, evaluation: Evaluation) -> bool:
        """Whether an example's draws passed less often than the lock's, beyond chance.

        One-sided Fisher's exact test on the draws that passed, at a level divided by the number
        of examples, since any of them may fall (Bonferroni). Of the lock's draws their mean
        quality alone is known. Where that is 1 all of them passed. Else partial credit may be
        in it, which tells no number of passes: then qualities are compared, on both sides.
        """
        draws, then = evaluation.draws, self.entry.repeats if self.entry else 0
        stratum = Stratum.of(Draws(then, draws), known, evaluation.score.quality)
        passed_now = evaluation.passes if known >= 1 - SAME else stratum.passed_now
        passed, total = stratum.passed_then + passed_now, then + draws
        fewer = sum(
            comb(passed, count) * comb(total - passed, draws - count)
            for count in range(passed_now + 1)
        )
        return fewer / comb(total, draws) <= ALPHA / len(self.suite.examples)

    def is_as_locked(self, evaluation: Evaluation) -> bool:
        """Whether an example, and its quality, is what the lock was written with."""
        entry, example = self.entry, evaluation.example
        if entry is None or example not in self.comparable:
            return False
        if entry.quality is None:
            return evaluation.passed != entry.fails(example, self.suite.pass_mark)
        return abs(entry.quality.get(example, 1.0) - evaluation.score.quality) <= SAME

    def is_new(self, evaluation: Evaluation) -> bool:
        """Whether the answers of an example are others than the committed ones."""
        committed = self.committed.by_example.get(evaluation.example, [])
        if any(self.committed.get(each.recording.key, each.max_tokens) != each.recording
               for each in evaluation.judged):  # fmt: skip
            return True
        return [_answer(asked.recording) for asked in evaluation.asked] != [
            _answer(recording) for recording in committed
        ]


def _answer(recording: Recording) -> tuple[str, str]:
    return recording.key, recording.text
