"""Whether the genome that a search found takes the place of the old one, and why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.evolve.result import INTERRUPTED
from pytest_promptevo.evolve.splitting import FEWEST

if TYPE_CHECKING:
    from pytest_promptevo.evolve import Confirmation, Result
    from pytest_promptevo.fitness import Gate
    from pytest_promptevo.genome import Genome

OPTION = "--promptevo-accept=inconclusive"


class Decision(NamedTuple):
    """What becomes of a genome that was found.

    Attributes:
        accepted: Whether it takes the place of the old one.
        reason: Why, or why not.
    """

    accepted: bool
    reason: str


_ENDED = {"budget": " before the budget ended", INTERRUPTED: " before it was interrupted"}
"""What to tell of a search that found nothing and might have, had it gone on."""


def decide(
    result: Result,
    before: Genome,
    confirmation: Confirmation | None,
    unseen: Gate,
    *,
    accepts_inconclusive: bool = False,
) -> Decision:
    """Decides on what a search found, by unseen examples alone.

    Args:
        result: What the search found.
        before: The old genome.
        confirmation: The test on held-out examples, or None if there were too few.
        unseen: The gate of the found genome on these examples (on all, if there were too few).
        accepts_inconclusive: Whether to take a genome that was not shown to be better.
    """
    if result.recommended == before:
        if result.stopped == "budget" and not result.history:
            return Decision(
                False, "the budget ended before the first genomes were compared: allow for more"
            )
        ended = _ENDED.get(result.stopped, "")
        return Decision(False, f"no better genome was found{ended}")
    if confirmation is None:
        n = unseen.figures.fitness.n
        few = f"{n} examples are too few to hold some out ({FEWEST} are needed)"
        if accepts_inconclusive:
            return Decision(True, f"not confirmed: {few}")
        return Decision(False, f"not confirmed, so nothing is locked: {few}; {OPTION} takes it")
    where = _on(confirmation.n, unseen.figures.fitness.n)
    if confirmation.verdict == "confirmed":
        still = _still_failing(unseen)
        return Decision(True, f"confirmed {where}" + (f": better, and {still}" if still else ""))
    if confirmation.verdict == "worse":
        return Decision(False, f"worse {where}")
    doubt = f"inconclusive {where} ({_doubt(confirmation)})"
    if accepts_inconclusive and confirmation.difference.mean <= 0:
        return Decision(False, f"{doubt}: no better there, so it is not taken")
    if accepts_inconclusive:
        still = _still_failing(unseen)
        return Decision(True, f"{doubt}, taken all the same" + (f", {still}" if still else ""))
    return Decision(False, f"{doubt}: the old genome is kept; {OPTION} takes the new one")


def _on(apart: int, examples: int) -> str:
    told = f"on {examples} held-out examples"
    return told if apart == examples else f"{told} (near-duplicates count as one: {apart})"


def _still_failing(unseen: Gate) -> str:
    if unseen.passes:
        return ""
    return f"still failing on them: {'; '.join(unseen.breaches)}"


def _doubt(confirmation: Confirmation) -> str:
    """Says what was seen, what could have been shown, and how many examples would show it."""
    seen, least = confirmation.difference, confirmation.detectable
    if seen.low == seen.mean == seen.high == 0:
        return "old and new score the same on each of them"
    parts = [
        f"fitness {seen.mean:+.3g} [{seen.low:+.3g}, {seen.high:+.3g}]",
        f"p = {confirmation.p_value:.2g}",
    ]
    if least is not None:
        parts.append(f"{confirmation.n} examples can show a gain of fitness of {least:.2g} or more")
        if seen.mean > 0 and least > seen.mean:
            # The detectable difference shrinks with the root of the number of examples, half
            # of which are held out.
            needed = math.ceil(2 * confirmation.n * (least / seen.mean) ** 2)
            parts.append(f"a difference like this one needs about {needed} examples in all")
    return ", ".join(parts)
