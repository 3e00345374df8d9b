"""What is reported of a run, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_promptevo.fitness import Figures, Objectives, figures, percentile
from pytest_promptevo.fitness.agreement import Agreement, agreement
from pytest_promptevo.project.against_lock import Standing
from pytest_promptevo.project.verdict_record import ExampleRecord, GateRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.project.verdict_record import Record


@dataclass(frozen=True)
class TagReport:
    """The tested examples with one tag.

    Attributes:
        tag: The tag.
        passed: How many passed.
        figures: Their figures.
        least: Their least mean quality, where the suite has one.
    """

    tag: str
    passed: int
    figures: Figures
    least: float | None = None


@dataclass(frozen=True)
class SuiteReport:
    """A suite in a run.

    Attributes:
        suite: Its name.
        state: ``locked``, ``shipped`` or ``draft``.
        figures: Its figures over all golden examples, or where the gate could not judge over
            those that were tested.
        total: Number of its golden examples.
        threshold: Its threshold.
        passes: Whether the gate passes, or None if it could not judge.
        passed: Number of examples that passed.
        tested: Number of examples that were tested.
        improved: Ids of known failures that pass now.
        regressed: Ids of failures that the lock does not know.
        stale: What changed since the lock was written.
        damage: What is wrong with the committed recordings, or nothing.
        unseen: The figures that the gate has decided by, where these are not of all golden
            examples: of what was taken away they know the worst, which no test of this run does.
        which: Which examples these are of.
        new: Number of examples whose answers are others than the committed ones.
        draws: How often each example was drawn.
        unstable: Ids of examples of which fewer draws pass than in the lock.
        is_old_lock: Whether its lock entry is one of version 1.
        mixed: Id and number of passing draws, for examples of which some draws passed.
        can_evolve: Whether its file says what a search may change.
        measured_p50: Median of the measured latencies, where those of the figures are modelled.
        latency: Why latencies are shown as measured though they count, or nothing.
        is_foreign: Whether the committed recordings are not those of its entry, or have none.
        is_lost: Whether too few held-out examples are left to judge by.
        fell: Whether quality is lower than in the lock.
        was_searched: Whether this run has searched a better genome, pass or fail.
        tags: What was tested by tag, the worst quality first.
        judges: Names of its scorers that ask a model.
        agreement: How far these agree with people, where people have judged answers.
    """

    suite: str
    state: str
    figures: Figures
    total: int
    threshold: float
    passes: bool | None
    passed: int
    tested: int
    improved: tuple[str, ...] = ()
    regressed: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    damage: str = ""
    unseen: Figures | None = None
    which: str = ""
    new: int = 0
    draws: int = 1
    mixed: tuple[tuple[str, int], ...] = ()
    unstable: tuple[str, ...] = ()
    is_old_lock: bool = False
    can_evolve: bool = False
    measured_p50: float | None = None
    latency: str = ""
    is_foreign: bool = False
    is_lost: bool = False
    fell: bool = False
    was_searched: bool = False
    tags: tuple[TagReport, ...] = ()
    judges: tuple[str, ...] = ()
    agreement: Agreement | None = None

    @property
    def decides(self) -> Figures:
        """The figures that the gate is judged by."""
        return self.unseen or self.figures


@dataclass(frozen=True)
class RunReport:
    """A run.

    Attributes:
        suites: Its suites, sorted by lock and name.
        unjudged_drafts: Names of drafts of which no example could be evaluated.
    """

    suites: tuple[SuiteReport, ...] = ()
    unjudged_drafts: tuple[str, ...] = ()

    @classmethod
    def of(cls, records: Sequence[Record], *, was_searched: bool = False) -> RunReport:
        """Gathers the records of all tests.

        An example that was tested several times (by each worker of ``--dist each``, or again
        because it failed) is one observation: it counts as it was judged last.

        Args:
            records: The records.
            was_searched: Whether the run has searched for each suite.
        """
        examples: dict[tuple[str, str], dict[str, ExampleRecord]] = {}
        gates: dict[tuple[str, str], GateRecord] = {}
        for record in records:
            suite = (record.facts.lock, record.facts.suite)
            if isinstance(record, GateRecord):
                gates[suite] = record
            else:
                examples.setdefault(suite, {})[record.example] = record
        judged = {suite for suite, gate in gates.items() if gate.is_judged and gate.figures}
        made = (
            _suite_report([*examples.get(suite, {}).values()], gates.get(suite))
            for suite in sorted({*examples, *judged})
        )
        reports = [replace(report, was_searched=was_searched) for report in made]
        drafts = [
            gate.facts.suite
            for suite, gate in sorted(gates.items())
            if gate.facts.state == "draft" and suite not in {*examples, *judged}
        ]
        return cls(tuple(reports), tuple(drafts))


def _suite_report(examples: Sequence[ExampleRecord], gate: GateRecord | None) -> SuiteReport:
    facts = next(record.facts for record in (*examples, gate) if record is not None)
    ordered = sorted(examples, key=lambda record: record.example)
    judged = gate if gate and gate.is_judged else None
    unseen = judged.unseen if judged else None
    return SuiteReport(
        suite=facts.suite,
        state=facts.state,
        figures=(judged and judged.figures)
        or figures([record.score for record in ordered], Objectives(facts.weights)),
        total=facts.total,
        threshold=facts.threshold,
        passes=not judged.breaches if judged else None,
        passed=sum(record.passed for record in examples),
        tested=len(examples),
        improved=tuple(record.example for record in ordered if record.locked and record.passed),
        regressed=tuple(
            record.example
            for record in ordered
            if record.standing in (Standing.REGRESSED, Standing.WORSE)
        ),
        stale=facts.stale,
        damage=facts.damage,
        unseen=unseen,
        which=judged.which if judged else "",
        new=sum(record.is_new for record in examples),
        draws=max((record.draws for record in examples), default=1),
        unstable=tuple(
            record.example for record in ordered if record.standing is Standing.UNSTABLE
        ),
        is_old_lock=facts.is_old_lock,
        mixed=tuple(
            (record.example, record.passes)
            for record in ordered
            if 0 < record.passes < record.draws
        ),
        can_evolve=facts.can_evolve,
        measured_p50=_measured_p50(
            [record for record in ordered if record.is_held_out or not unseen]
        )
        if len(examples) == facts.total or not judged
        else None,
        latency=facts.latency,
        is_foreign=facts.is_foreign,
        is_lost=judged is not None and judged.is_lost,
        fell=judged is not None and judged.fell,
        tags=_by_tag(ordered),
        judges=facts.judges,
        agreement=agreement([pair for record in ordered for pair in record.human], facts.pass_mark),
    )


def _by_tag(examples: Sequence[ExampleRecord]) -> tuple[TagReport, ...]:
    tagged: dict[str, list[ExampleRecord]] = {}
    for record in examples:
        for tag in record.tags:
            tagged.setdefault(tag, []).append(record)
    made = [
        TagReport(
            tag,
            sum(record.passed for record in records),
            figures([record.score for record in records], Objectives(records[0].facts.weights)),
            records[0].facts.tag_minima.get(tag),
        )
        for tag, records in tagged.items()
    ]
    return tuple(sorted(made, key=lambda made: (made.figures.objectives["quality"].mean, made.tag)))


def _measured_p50(examples: Sequence[ExampleRecord]) -> float | None:
    if all(record.measured_ms is None for record in examples):
        return None
    return percentile(
        [
            record.score.latency_ms if record.measured_ms is None else record.measured_ms
            for record in examples
        ],
        0.5,
    )
