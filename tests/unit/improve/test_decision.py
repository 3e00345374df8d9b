from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.evolve import Confirmation, Result, confirm
from pytest_promptevo.evolve.splitting import FEWEST
from pytest_promptevo.fitness import Estimate, Gate, Objectives, Score, figures, student_quantile
from pytest_promptevo.genome import Genome
from pytest_promptevo.improve.decision import OPTION, decide

if TYPE_CHECKING:
    from pytest_promptevo.evolve import Generation

OLD, NEW = Genome({"how": "Extract."}), Genome({"how": "Only the number."})
PASSES = Gate(figures([Score(1.0)] * 20, Objectives()), 0.5, ())
FAILS = Gate(figures([Score(0.4)] * 20, Objectives()), 0.5, ("too low", "too slow"))


def found(recommended: Genome = NEW, **changes: Any) -> Result:
    history: tuple[Generation, ...] = ()
    values: dict[str, Any] = {
        "recommended": recommended,
        "fitness": PASSES.figures,
        "keeps_limits": True,
        "front": (),
        "calls": 12,
        "evaluations": 12,
        "generations": 2,
        "stopped": "converged",
        "trace": (),
        "history": history,
    }
    return Result(**{**values, **changes})


def compared(verdict: Any, mean: float = 0.1, detectable: float | None = 0.25) -> Confirmation:
    return Confirmation(20, Estimate(mean, mean - 0.2, mean + 0.2, 20), 0.3, detectable, verdict)


SEEN = "fitness +0.1 [-0.1, +0.3], p = 0.3"


@pytest.mark.parametrize(
    ("test", "unseen", "accepted", "reason"),
    [
        (compared("confirmed"), PASSES, True, "confirmed on 20 held-out examples"),
        (
            compared("confirmed"),
            FAILS,
            True,
            "confirmed on 20 held-out examples: better, and still failing on them: "
            "too low; too slow",
        ),
        (compared("worse"), PASSES, False, "worse on 20 held-out examples"),
        (compared("worse"), FAILS, False, "worse on 20 held-out examples"),
        (
            compared("inconclusive"),
            PASSES,
            False,
            f"inconclusive on 20 held-out examples ({SEEN}, "
            "20 examples can show a gain of fitness of 0.25 or more, "
            "a difference like this one needs about 250 examples in all): the old genome is kept; "
            f"{OPTION} takes the new one",
        ),
        (
            compared("inconclusive", detectable=None),
            PASSES,
            False,
            f"inconclusive on 20 held-out examples ({SEEN}): the old genome is kept; "
            f"{OPTION} takes the new one",
        ),
        (
            None,
            PASSES,
            False,
            "not confirmed, so nothing is locked: 20 examples are too few to hold some out "
            f"({FEWEST} are needed); {OPTION} takes it",
        ),
    ],
)
def test_what_is_accepted(
    test: Confirmation | None, unseen: Gate, accepted: bool, reason: str
) -> None:
    assert decide(found(), OLD, test, unseen) == (accepted, reason)


@pytest.mark.parametrize(
    ("test", "unseen", "accepted", "reason"),
    [
        (compared("confirmed"), PASSES, True, "confirmed on 20 held-out examples"),
        (compared("worse"), PASSES, False, "worse on 20 held-out examples"),
        (
            compared("inconclusive", detectable=None),
            PASSES,
            True,
            f"inconclusive on 20 held-out examples ({SEEN}), taken all the same",
        ),
        (
            compared("inconclusive", detectable=None),
            FAILS,
            True,
            f"inconclusive on 20 held-out examples ({SEEN}), taken all the same, "
            "still failing on them: too low; too slow",
        ),
        (
            None,
            FAILS,
            True,
            f"not confirmed: 20 examples are too few to hold some out ({FEWEST} are needed)",
        ),
    ],
)
def test_the_option_takes_what_is_not_shown_to_be_worse(
    test: Confirmation | None, unseen: Gate, accepted: bool, reason: str
) -> None:
    decided = decide(found(), OLD, test, unseen, accepts_inconclusive=True)
    assert decided == (accepted, reason)


@pytest.mark.parametrize("mean", [0.0, -0.1, 0.25, 0.4])
def test_no_number_of_examples_is_told_where_more_would_not_help(mean: float) -> None:
    _, reason = decide(found(), OLD, compared("inconclusive", mean), PASSES)
    assert "20 examples can show a gain of fitness of 0.25 or more" in reason
    assert "examples in all" not in reason


def test_the_told_number_of_examples_would_show_the_difference() -> None:
    gained = [0.25] * 3 + [-0.25] * 2 + [0.0] * 15
    test = confirm(
        [Score(0.5)] * 20, [Score(0.5 + gain) for gain in gained], Objectives({"quality": 1.0}), 3
    )
    assert (test.verdict, test.difference.mean) == ("inconclusive", 0.0125)
    _, reason = decide(found(), OLD, test, PASSES)
    told = re.search(r"needs about (\d+) examples in all", reason)
    assert told is not None
    held_out = int(told[1]) / 2
    spread = math.sqrt((5 * 0.0625 - 20 * 0.0125**2) / 19)
    spread = max(spread, Objectives({"quality": 1.0}).best_possible() / math.sqrt(20))
    shown = (student_quantile(0.95, 19) + 0.8416212) * spread / math.sqrt(held_out)
    assert shown == pytest.approx(0.0125, rel=0.001)
    assert shown <= 0.0125 * (1 + 1e-9)


@pytest.mark.parametrize("test", [None, compared("confirmed"), compared("inconclusive")])
@pytest.mark.parametrize("accepts_inconclusive", [False, True])
def test_the_old_genome_is_no_new_one(
    test: Confirmation | None, accepts_inconclusive: bool
) -> None:
    decided = decide(found(OLD), OLD, test, PASSES, accepts_inconclusive=accepts_inconclusive)
    assert decided == (False, "no better genome was found")


def test_a_budget_that_compares_nothing_is_told() -> None:
    decided = decide(found(OLD, stopped="budget"), OLD, None, FAILS)
    assert decided == (
        False,
        "the budget ended before the first genomes were compared: allow for more",
    )
