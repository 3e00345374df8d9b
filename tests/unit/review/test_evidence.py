"""The test of all examples that both ends have, where no search ran."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.lock import Entry
from pytest_promptevo.review.evidence import of_all
from pytest_promptevo.review.outcomes import Outcome, Outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEAN = {"mean": 0.5, "low": 0.4, "high": 0.6}
_FIGURES: dict[str, Any] = {
    "n": 9,
    **dict.fromkeys(("fitness", "quality", "latency_ms", "tokens", "repairs"), _MEAN),
    "latency_p50": 1.0,
    "latency_p95": 2.0,
}
ENTRY = Entry.model_validate(
    {
        "genome": {"model": "primary"},
        "output": {"format": "text"},
        "models": {"primary": {"reference": "ollama:x", "digest": "sha256:1"}},
        "figures": {"after": _FIGURES},
        "quality": {},
        "search": "accepted as it is",
        "fingerprints": {},
    }
)


def side(qualities: Sequence[float], golden: str = "sha256:1") -> Outcomes:
    made = {
        f"o-{at}": Outcome(f"o-{at}", golden, quality, quality >= 1, ())
        for at, quality in enumerate(qualities)
    }
    return Outcomes(ENTRY, made, {})


def test_four_against_three_is_chance() -> None:
    before, after = [1.0] * 4 + [0.0] * 3 + [1.0] * 65, [0.0] * 4 + [1.0] * 3 + [1.0] * 65
    found, tested = of_all(side(before), side(after), None)
    assert (found.verdict, tested, found.n) == ("inconclusive", 72, 72)
    # Twice the chance of fewer than three of seven, and half of that of three (mid-p).
    assert found.p_value == pytest.approx(2 * ((1 + 7 + 21) / 128 + 35 / 256))
    assert found.difference is not None
    assert found.difference.mean == pytest.approx(-1 / 72)


@pytest.mark.parametrize(("falls", "verdict"), [(5, "inconclusive"), (6, "worse")])
def test_six_of_six_are_beyond_chance_either_way(falls: int, verdict: str) -> None:
    up, down = [1.0] * 20, [0.0] * falls + [1.0] * (20 - falls)
    assert of_all(side(up), side(down), None)[0].verdict == verdict
    other = {"worse": "better"}.get(verdict, verdict)
    assert of_all(side(down), side(up), None)[0].verdict == other


def test_of_unchanged_suites_one_in_a_hundred_is_worse_at_most() -> None:
    rng, found = random.Random(7), Counter[str]()
    for _ in range(1_500):
        before = [float(rng.random() < 0.7) for _ in range(72)]
        after = [1 - each if rng.random() < 0.2 and rng.random() < 0.9 else each for each in before]
        # Both ends are draws of the same chances: swapped where a coin says so.
        pairs = [
            pair if rng.random() < 0.5 else pair[::-1] for pair in zip(before, after, strict=True)
        ]
        old, new = zip(*pairs, strict=True)
        found[of_all(side(old), side(new), None)[0].verdict] += 1
    assert 0 < found["worse"] <= 22
    assert 0 < found["better"] <= 22


def test_edited_examples_are_left_out() -> None:
    found, tested = of_all(side([1.0] * 9), side([0.0] * 9, "sha256:2"), None)
    assert (found.by, tested) == ("none", 0)
    assert found.why == "no example stands at both ends as it was"


def test_what_does_not_compare_is_not_tested() -> None:
    found, tested = of_all(side([1.0] * 9), side([0.0] * 9), None, "scorers are others")
    assert (found.by, found.verdict, found.why, tested) == (
        "none",
        "inconclusive",
        "scorers are others",
        9,
    )
