from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.evolve.ledger import Ledger
from pytest_promptevo.evolve.pareto import (
    MOST,
    contribution,
    dominates,
    hypervolume,
    pareto_front,
    thinned,
    undominated,
)
from pytest_promptevo.fitness import Objectives, Score, Scored
from pytest_promptevo.genome import Genome

vectors = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=3, max_size=3).map(np.array)


@given(vectors, vectors, vectors)
def test_dominance_is_a_strict_partial_order(a, b, c):
    assert not dominates(a, a)
    assert not (dominates(a, b) and dominates(b, a))
    assert not (dominates(a, b) and dominates(b, c)) or dominates(a, c)


@given(st.lists(vectors, min_size=1, max_size=12).map(np.array))
def test_undominated_rows_are_those_that_no_row_dominates(losses):
    kept = undominated(losses)
    expected = {tuple(row) for row in losses if not any(dominates(other, row) for other in losses)}
    assert {tuple(losses[at]) for at in kept} == expected
    assert len(kept) == len(expected)


@given(st.lists(vectors, max_size=6).map(lambda rows: np.array(rows).reshape(-1, 3)))
def test_hypervolume_counts_the_covered_cells(losses):
    cells = itertools.product([0.125, 0.375, 0.75, 1.05], repeat=3)
    sizes = {0.125: 0.25, 0.375: 0.25, 0.75: 0.5, 1.05: 0.1}
    expected = sum(
        np.prod([sizes[x] for x in cell])
        for cell in cells
        if any(np.all(row <= cell) for row in losses)
    )
    assert hypervolume(losses, np.full(3, 1.1)) == pytest.approx(expected)


def test_contribution_is_the_volume_lost_without_a_row():
    rng = np.random.default_rng(0)
    losses = rng.random((7, 4))
    reference = np.full(4, 1.1)
    for at in range(7):
        lost = hypervolume(losses, reference) - hypervolume(np.delete(losses, at, 0), reference)
        assert contribution(losses, at) == pytest.approx(lost)


def test_a_front_is_thinned_but_keeps_its_extremes_and_the_recommended_row():
    share = np.linspace(0, 1, 30)
    losses = np.column_stack([share, 1 - share])
    left = thinned(losses, list(range(30)), [17])
    assert len(left) == MOST
    assert {0, 17, 29} <= set(left)


def test_the_front_holds_complete_genomes_only():
    cheap, good, bad, partial = (Genome({"g": at}) for at in range(4))
    ledger = Ledger(cheap, 2, Objectives())
    for genome, quality, tokens in ((cheap, 0.0, 1.0), (good, 1.0, 9.0), (bad, 0.0, 9.0)):
        for at in range(2):
            ledger.add(genome, at, Scored(Score(quality, tokens=tokens)), 1)
    ledger.add(partial, 0, Scored(Score(1.0)), 1)
    ledger.settle()
    assert pareto_front(ledger) == [cheap, good]
