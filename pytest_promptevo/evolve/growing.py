"""When texts are proposed in a search, by which operator, in view of what, and for how much."""

from __future__ import annotations

from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from pytest_promptevo.evolve.lessons import contrasted, failures, rules, successes
from pytest_promptevo.evolve.names import OPERATORS
from pytest_promptevo.evolve.operator_bandit import OperatorBandit
from pytest_promptevo.evolve.protocol import Proposal, Propose
from pytest_promptevo.genome import Birth, Text
from pytest_promptevo.genome.sentences import tidy

if TYPE_CHECKING:
    from collections.abc import Generator

    from pytest_promptevo.evolve.protocol import Outcome, Search, Step
    from pytest_promptevo.genome import Genome

SHARE = 0.15
"""Share of a search's tokens that proposals may take."""

BURST = 2
"""Texts that are asked for at a time."""

VAIN = 6
"""Proposals in a row that were refused or have lost, after which none is asked for any more."""

_DEARER = 1.3
_DRAWS = 8


class Growth:
    """Asks for texts, and learns which operators are worth their tokens.

    Args:
        search: The search.
        learns: Whether operators are chosen by what their texts have gained.
    """

    def __init__(self, search: Search, *, learns: bool = True) -> None:
        self._search = search
        self._learns = learns
        self._bandit = OperatorBandit(OPERATORS)
        self._genes = {
            name: gene
            for name, gene in search.space.items()
            if search.proposes and isinstance(gene, Text) and gene.by
        }
        self._made: dict[Genome, tuple[str, float]] = {}
        self._asked = 0
        self._vain = 0
        self._least = 0.0

    @property
    def is_on(self) -> bool:
        """Whether there is anything to ask for."""
        return bool(self._genes) and self._vain < VAIN

    def burst(self, parent: Genome) -> Generator[Step, Outcome, dict[Genome, str]]:
        """Asks for a few texts; returns genomes that have them, each with its operator.

        Args:
            parent: The genome whose texts are to be improved.
        """
        children: dict[Genome, str] = {}
        for _ in range(BURST):
            step = self._next(parent)
            if step is None:
                break
            proposal = yield step
            assert isinstance(proposal, Proposal)
            if not (proposal.calls or proposal.values or proposal.problem):  # it was too dear
                self._least = _DEARER * step.tokens
                break
            self._asked += 1
            for child in self._taken(step, proposal):
                children[child] = step.operator
        return children

    def judged(self, genome: Genome, *, won: bool) -> None:
        """Learns how a genome has fared, if a proposal made it."""
        if genome not in self._made:
            return
        operator, tokens = self._made.pop(genome)
        paid = self._search.ledger.paid(genome) * self._tokens_of_call
        self._learn(operator, success=won, tokens=tokens + paid)

    def _taken(self, step: Propose, proposal: Proposal) -> list[Genome]:
        gene, parent = self._genes[step.gene], step.parent[step.gene]
        seen = tuple(dict.fromkeys(lesson.example for lesson in (*step.lessons, *step.kept)))
        parents = (parent,) if step.other is None else (parent, step.other[step.gene])
        children = []
        if proposal.problem:
            self._refuse(step, proposal, proposal.problem)
        for value, diagnosis in zip_longest(proposal.values, proposal.diagnoses, fillvalue=""):
            text = str(value).strip()
            if len(text) <= gene.chars:  # else it is refused, and nobody looks at it
                text = tidy(text)
            if why := gene.add(text, Birth(step.operator, parents, diagnosis, seen)):
                self._refuse(step, proposal, why)
                continue
            child = step.parent.with_(**{step.gene: text})
            self._made[child] = (step.operator, proposal.tokens)
            children.append(child)
        return children

    def _refuse(self, step: Propose, proposal: Proposal, why: str) -> None:
        self._search.refused.append(why)
        self._learn(step.operator, success=False, tokens=proposal.tokens)

    def _learn(self, operator: str, *, success: bool, tokens: float) -> None:
        self._vain = 0 if success else self._vain + 1
        whole = self._tokens_of_call * self._search.examples
        self._bandit.learn(operator, success=success, cost=tokens / whole if whole else 1.0)

    @property
    def _tokens_of_call(self) -> float:
        ledger = self._search.ledger
        calls = ledger.calls - ledger.proposals
        return (ledger.tokens - ledger.proposal_tokens) / calls if calls else 0.0

    def _next(self, parent: Genome) -> Propose | None:
        """Returns what to ask for, if that can be afforded and there is something to learn."""
        search = self._search
        allowance = SHARE * search.ledger.tokens - search.ledger.proposal_tokens
        genes = [name for name, gene in self._genes.items() if gene.room]
        if not genes or not self.is_on or search.left() <= search.examples:
            return None
        if allowance <= self._least:
            return None
        gene = genes[int(search.rng.integers(len(genes)))] if len(genes) > 1 else genes[0]
        steps = self._possible(gene, parent, allowance)
        if not steps:
            return None
        for operator in self._order():
            if operator in steps:
                return steps[operator]
        return next(iter(steps.values()))

    def _order(self) -> list[str]:
        if not self._asked:
            return ["reflect"]
        if self._learns:
            return self._bandit.choose(_DRAWS, self._search.rng)
        names = list(OPERATORS)
        return [names[int(at)] for at in self._search.rng.integers(len(names), size=_DRAWS)]

    def _possible(self, gene: str, parent: Genome, tokens: float) -> dict[str, Propose]:
        """Returns the steps that the ledger has something to learn for, by operator."""
        search = self._search
        ledger, rng = search.ledger, search.rng
        failed = failures(ledger, parent, rng)
        if not failed:  # no headroom
            return {}
        kept = successes(ledger, parent, rng)
        weights = ledger.objectives.weights
        steps = {
            "reflect": Propose(gene, parent, failed, kept=kept),
            "rules": Propose(gene, parent, rules(ledger, parent, rng)),
            "rewrite": Propose(gene, parent),
        }
        if pair := contrasted(ledger, gene, parent, rng):
            other, worse, better = pair
            steps["contrast"] = Propose(gene, parent, worse, kept=better, other=other)
        if weights.get("tokens") or weights.get("latency_ms"):
            steps["shorten"] = Propose(gene, parent)
        return {name: replace(step, operator=name, tokens=tokens) for name, step in steps.items()}
