from __future__ import annotations

import pytest

from pytest_promptevo.fitness.agreement import agreement


def test_shares_and_kappa_are_those_of_a_worked_example() -> None:
    """The usual example of kappa: 50 proposals, both yes 20, both no 15, 5 and 10 apart."""
    pairs = [(1.0, 1.0)] * 20 + [(0.0, 0.0)] * 15 + [(1.0, 0.0)] * 5 + [(0.0, 1.0)] * 10
    found = agreement(pairs, 1.0)
    assert found is not None
    assert found.share.mean == 0.7
    assert (round(found.share.low, 3), round(found.share.high, 3)) == (0.562, 0.809)
    assert found.kappa == pytest.approx(0.4)
    assert (found.lenient, found.strict) == (10, 5)


def test_the_pass_mark_decides_what_passes() -> None:
    found = agreement([(0.8, 0.75), (0.2, 0.5)], 0.7)
    assert found is not None
    assert (found.share.mean, found.lenient, found.strict) == (1.0, 0, 0)


def test_nothing_and_no_chance() -> None:
    assert agreement([], 1.0) is None
    found = agreement([(1.0, 1.0)] * 3, 1.0)
    assert found is not None
    assert found.kappa is None
