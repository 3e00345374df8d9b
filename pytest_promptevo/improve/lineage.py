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
    from pytest_promptevo.improve.plan import Outcome
    from pytest_promptevo.lock import Entry


def lineage(
    evaluator: Evaluator, genome: Genome, old: Entry | None, outcome: Outcome | None
) -> dict[str, LockedText]:
    """Returns where the texts of a genome come from that nobody wrote, by gene.

    Args:
        evaluator: The suite's evaluator.
        genome: The genome.
        old: The entry before: of a text that stays, it knows.
        outcome: What a search did, if there was one.
    """
    told: dict[str, LockedText] = {}
    for name, gene in (evaluator.suite.space or {}).items():
        text = genome[name]
        if not isinstance(gene, Text) or text in gene.texts:
            continue
        if old is not None and name in old.texts and old.genome.get(name) == text:
            told[name] = old.texts[name]
        elif outcome is not None and (birth := outcome.result.births.get(name, {}).get(text)):
            told[name] = _told(evaluator, gene, birth, outcome)
        else:
            told[name] = LockedText(operator="earlier search")
    return told


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
