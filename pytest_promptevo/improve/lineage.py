"""Where the texts of an accepted genome come from, for the lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evolve.names import OPERATORS
from pytest_promptevo.genome import Text
from pytest_promptevo.improve.model_digests import digest_of
from pytest_promptevo.lock.parts import LockedText

if TYPE_CHECKING:
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Birth, Genome
    from pytest_promptevo.improve.plan import Outcome, Plan
    from pytest_promptevo.lock import Entry


def lineage(
    evaluator: Evaluator, genome: Genome, old: Entry | None, found: tuple[Outcome, Plan] | None
) -> dict[str, LockedText]:
    """Returns where the texts of a genome come from that nobody wrote, by gene.

    Args:
        evaluator: The suite's evaluator.
        genome: The genome.
        old: The entry before: of a text that stays, it knows.
        found: What a search did, if there was one, and how it was set up.
    """
    known = origins(evaluator, *found) if found else {}
    told: dict[str, LockedText] = {}
    for name, gene in _growing(evaluator):
        text = genome[name]
        if text in gene.texts:
            continue
        if old is not None and name in old.texts and old.genome.get(name) == text:
            told[name] = old.texts[name]
        else:
            told[name] = known.get(name, {}).get(text, LockedText(operator="earlier search"))
    return told


def origins(evaluator: Evaluator, outcome: Outcome, plan: Plan) -> dict[str, dict[str, LockedText]]:
    """Returns where all texts come from that a search evaluated and nobody wrote.

    Of those that it knew from earlier searches, these have told it.

    Args:
        evaluator: The suite's evaluator.
        outcome: What the search did.
        plan: How it was set up.
    """
    told: dict[str, dict[str, LockedText]] = {}
    for name, gene in _growing(evaluator):
        births = outcome.result.births.get(name, {})
        earlier = plan.origins.get(name, {})
        texts = dict.fromkeys(genome[name] for genome in outcome.result.scored)
        own = {text: births[text] for text in texts if text in births and text not in earlier}
        told[name] = {text: earlier[text] for text in texts if text in earlier}
        told[name] |= {text: _told(evaluator, gene, birth, outcome) for text, birth in own.items()}
    return told


def _growing(evaluator: Evaluator) -> list[tuple[str, Text]]:
    space = evaluator.suite.space
    genes = space.items() if space else ()
    return [(name, gene) for name, gene in genes if isinstance(gene, Text)]


def _told(evaluator: Evaluator, gene: Text, birth: Birth, outcome: Outcome) -> LockedText:
    parent, *others = birth.parents
    known = LockedText(operator=birth.operator, parent=parent, other=others[0] if others else "")
    if birth.operator not in OPERATORS:
        return known
    reference = evaluator.suite.proposers[gene.by]
    return known.model_copy(
        update={
            "proposer": reference,
            "digest": digest_of(evaluator, reference),
            "examples": [outcome.searched_ids[place] for place in birth.examples],
            "diagnosis": birth.diagnosis,
        }
    )
