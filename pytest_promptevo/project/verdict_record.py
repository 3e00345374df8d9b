"""What a test tells of its suite: frozen records that cross pytest-xdist as plain JSON data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from pytest_promptevo.fitness import Estimate, Figures, Score
from pytest_promptevo.fitness.terms import Term
from pytest_promptevo.project.against_lock import Standing
from pytest_promptevo.project.suite_facts import SuiteFacts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.project.suite_run import SuiteRun
    from pytest_promptevo.project.verdict import Verdict


@dataclass(frozen=True)
class ExampleRecord:
    """The verdict on one golden example.

    Attributes:
        facts: What holds for its suite.
        example: Id of the example.
        score: Its score.
        standing: How it stands against the lock.
        locked: Whether the lock knows that it fails.
        is_new: Whether its answers are others than the committed ones.
        measured_ms: Its measured latency, where the score's is modelled.
        draws: How often it was drawn.
        passes: How many of several draws passed.
        is_held_out: Whether the search for the suite's genome never saw it.
        tags: Its tags.
        human: Of each answer to it that people have judged, the quality that they gave and that
            of the suite's judges.
    """

    facts: SuiteFacts
    example: str
    score: Score
    standing: Standing
    locked: bool = False
    is_new: bool = False
    measured_ms: float | None = None
    draws: int = 1
    passes: int = 0
    is_held_out: bool = False
    tags: tuple[str, ...] = ()
    human: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, run: SuiteRun, evaluation: Evaluation) -> ExampleRecord:
        """Returns the record of an evaluation."""
        entry, example = run.entry, evaluation.example
        is_modelled = evaluation.measured_ms != evaluation.score.latency_ms
        return cls(
            facts=run.facts,
            example=example,
            score=evaluation.score,
            measured_ms=evaluation.measured_ms if is_modelled else None,
            standing=run.against.standing(evaluation),
            locked=entry is not None and entry.fails(example, run.suite.pass_mark),
            is_new=entry is not None and not run.is_overridden and run.against.is_new(evaluation),
            draws=evaluation.draws,
            passes=evaluation.passes,
            is_held_out=example in run.against.unseen.digests,
            human=tuple((each.human, each.judge) for each in evaluation.human),
            tags=tuple(dict.fromkeys(run.suite.by_id[example].tags)),
        )

    @property
    def passed(self) -> bool:
        """Whether it passed."""
        return self.standing is Standing.PASSED


@dataclass(frozen=True)
class GateRecord:
    """The verdict on a whole suite.

    Attributes:
        facts: What holds for the suite.
        is_judged: Whether it could be judged: all of its examples were asked for, and answered.
        breaches: What the suite breaches, a sentence each.
        figures: The figures of all golden examples, where it was judged.
        unseen: The figures that decide, where they are not those of all golden examples.
        which: Which examples these are of.
        is_lost: Whether too few held-out examples are left to judge by.
        fell: Whether quality is lower than in the lock.
    """

    facts: SuiteFacts
    is_judged: bool
    breaches: tuple[str, ...] = ()
    figures: Figures | None = None
    unseen: Figures | None = None
    which: str = ""
    is_lost: bool = False
    fell: bool = False

    @classmethod
    def of(cls, run: SuiteRun) -> GateRecord:
        """Returns the record of a suite that breaches nothing so far."""
        return cls(run.facts, run.is_whole or run.asks_all)

    def with_verdict(self, verdict: Verdict) -> GateRecord:
        """Returns the record of a suite that was judged."""
        which = verdict.which
        unseen = verdict.decides.figures if which else None
        return replace(
            self,
            breaches=verdict.breaches,
            figures=verdict.figures,
            unseen=unseen,
            which=which,
            is_lost=bool(verdict.lost),
            fell=verdict.fell,
        )

    def unjudged(self, why: str) -> GateRecord:
        """Returns the record of a suite that cannot be judged."""
        return replace(self, is_judged=False, breaches=(why,))


Record = ExampleRecord | GateRecord


def to_plain(record: Record) -> dict[str, Any]:
    """Returns a record as JSON data."""
    plain = {"kind": type(record).__name__, **vars(record), "facts": vars(record.facts)}
    if isinstance(record, ExampleRecord):
        plain |= {"score": record.score.vector(), "standing": record.standing.value}
    else:
        told = {"figures": record.figures, "unseen": record.unseen}
        plain |= {name: asdict(each) for name, each in told.items() if each is not None}
    return plain


def from_plain(data: Mapping[str, Any]) -> Record:
    """Returns the record of JSON data; lists stand for tuples."""
    values = {name: value for name, value in data.items() if name != "kind"}
    told = values["facts"]
    tuples = {name: tuple(told[name]) for name in ("stale", "judges")}
    values["facts"] = SuiteFacts(**{**told, **tuples})
    if data["kind"] == GateRecord.__name__:
        told = {name: values[name] and _figures(**values[name]) for name in ("figures", "unseen")}
        return GateRecord(**{**values, **told, "breaches": tuple(values["breaches"])})
    values |= {"score": Score(*values["score"]), "standing": Standing(values["standing"])}
    values["tags"] = tuple(values["tags"])
    values["human"] = tuple(map(tuple, values["human"]))
    return ExampleRecord(**values)


def _figures(
    fitness: Mapping[str, Any],
    objectives: Mapping[str, Mapping[str, Any]],
    terms: Sequence[Mapping[str, Any]],
    **latencies: float,
) -> Figures:
    means = {name: Estimate(**mean) for name, mean in objectives.items()}
    return Figures(
        Estimate(**fitness), means, **latencies, terms=tuple(Term(**term) for term in terms)
    )
