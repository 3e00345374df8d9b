"""What is reported of a search, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted, one_line

if TYPE_CHECKING:
    from pytest_promptevo.evolve import Generation
    from pytest_promptevo.fitness import Estimate, Figures
    from pytest_promptevo.genome import Genome, Value
    from pytest_promptevo.improve.plan import Outcome


@dataclass(frozen=True)
class GeneChange:
    """A gene in which two genomes differ.

    Attributes:
        name: The gene.
        before: Its value in the old genome, or None.
        after: Its value in the new one.
        origin: Where the new value comes from, if a search has made it; else empty.
    """

    name: str
    before: Value
    after: Value
    origin: str = ""


@dataclass(frozen=True)
class CandidateReport:
    """A genome that was tested as a candidate.

    Attributes:
        fitness: Its fitness on the held-out examples.
        difference: Its fitness minus that of the locked genome.
        margin: By how much less fitness it may be worse.
        verdict: ``better``, ``not worse`` or ``open``.
        changes: The genes in which it differs from the locked genome.
        problem: Why it is left out; empty if it is proposed.
    """

    fitness: Estimate
    difference: Estimate
    margin: float
    verdict: str
    changes: tuple[GeneChange, ...]
    problem: str


@dataclass(frozen=True)
class SearchReport:
    """A search.

    Attributes:
        suite: Name of the suite.
        calls: Model calls that it needed, known answers included.
        paid: Answers that models were really asked for, in search and test.
        stopped: Why it ended.
        history: Its generations.
        search_calls: Calls that the search itself needed, without baseline and test.
        found: Fitness of what it found, on the examples of the search.
        before: The old genome's figures on the examples that the test compared.
        after: The found genome's.
        is_held_out: Whether the search never saw these examples.
        changes: The genes in which the found genome differs.
        accepted: Whether the found genome was accepted.
        reason: Why, or why not.
        measured: Mean measured latency of the old and the found genome, where that of the
            figures is modelled.
        notes: What else is to be told, a line each.
        candidates: The genomes that were tested as candidates.
        proposals: Calls among these that proposed texts.
        refused: Why proposed texts were not evaluated, one by one.
    """

    suite: str
    calls: int
    paid: int
    stopped: str
    history: tuple[Generation, ...]
    search_calls: int
    found: float
    before: Figures
    after: Figures
    is_held_out: bool
    changes: tuple[GeneChange, ...]
    accepted: bool
    reason: str
    measured: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()
    candidates: tuple[CandidateReport, ...] = ()
    proposals: int = 0
    refused: tuple[str, ...] = ()

    @classmethod
    def of(cls, suite: str, outcome: Outcome, paid: int) -> SearchReport:
        """Builds the report of what a search did."""
        old, new = outcome.before, outcome.result.recommended
        before, after = (gate.figures for gate in outcome.unseen)
        return cls(
            suite=suite,
            calls=outcome.calls,
            paid=paid,
            stopped=outcome.result.stopped,
            history=outcome.result.history,
            search_calls=outcome.result.calls,
            found=outcome.result.fitness.fitness.mean,
            before=before,
            after=after,
            is_held_out=outcome.confirmation is not None,
            changes=_changes(old, new, outcome),
            accepted=outcome.accepted,
            reason=outcome.reason,
            measured=outcome.measured,
            notes=outcome.notes,
            candidates=tuple(
                CandidateReport(
                    fitness=tested.gates[1].figures.fitness,
                    difference=tested.comparison.difference,
                    margin=tested.comparison.margin,
                    verdict=tested.comparison.verdict,
                    changes=_changes(outcome.after, tested.genome, outcome),
                    problem=tested.problem,
                )
                for tested in (outcome.trial.tested if outcome.trial else ())
            ),
            proposals=outcome.result.proposals,
            refused=outcome.result.refused,
        )


def _changes(old: Genome, new: Genome, outcome: Outcome) -> tuple[GeneChange, ...]:
    return tuple(
        GeneChange(name, old.get(name), new[name], _origin(outcome, name, new[name]))
        for name in new
        if old.get(name) != new[name]
    )


def _origin(outcome: Outcome, gene: str, value: Value) -> str:
    births = outcome.result.births.get(gene, {})
    birth = births.get(value) if isinstance(value, str) else None
    if birth is None:
        return ""
    seen = f", in view of {counted(len(birth.examples), 'example')}" if birth.examples else ""
    why = f": {one_line(birth.diagnosis)}" if birth.diagnosis else ""
    return f"{birth.operator}{seen}{why}"
