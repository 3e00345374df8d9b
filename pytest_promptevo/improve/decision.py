"""Whether the genome that a search found takes the place of the old one, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evolve import Confirmation, Result
    from pytest_promptevo.fitness import Gate, Score
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.suite import Suite


def decide(
    suite: Suite,
    result: Result,
    before: Genome,
    gates: tuple[Gate, Gate],
    confirmation: Confirmation | None,
    held_out: tuple[Sequence[Score], Sequence[Score]],
) -> tuple[bool, str]:
    """Decides on what a search found.

    Args:
        suite: The suite.
        result: What the search found.
        before: The old genome.
        gates: The gates of the old and the found genome on all golden examples.
        confirmation: The test on held-out examples, or None if there were too few.
        held_out: The scores of both genomes that the test compared.

    Returns:
        Whether the found genome is accepted, and the reason.
    """
    gate, found_gate = gates
    if result.recommended == before:
        if result.stopped == "budget" and not result.history:
            return False, "the budget ended before the first genomes were compared: allow for more"
        return False, "no better genome was found"
    if confirmation is None:
        if not found_gate.passes and _quality(found_gate) <= _quality(gate):
            return False, "too few examples to confirm a winner that has no better quality"
        return True, "not confirmed: too few examples"
    if confirmation.verdict == "confirmed":
        return True, f"confirmed on {confirmation.n} held-out examples"
    if confirmation.verdict == "worse":
        return False, f"worse on {confirmation.n} held-out examples"
    doubt = _doubt(confirmation)
    old, new = (sum(map(suite.objectives.fitness, part)) for part in held_out)
    if not gate.passes and new > old:
        return True, f"{doubt}, but the old genome fails and the new one is better on both parts"
    return False, f"{doubt}: the old genome is kept"


def _doubt(confirmation: Confirmation) -> str:
    small = confirmation.detectable
    least = f"; at least {small:.2g} could have been shown" if small is not None else ""
    return (
        f"inconclusive on {confirmation.n} held-out examples "
        f"(p = {confirmation.p_value:.2g}{least})"
    )


def _quality(gate: Gate) -> float:
    return gate.figures.objectives["quality"].mean
