from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.genome import Genome, SearchSpace

from .strategies import genes, scalars, seeds, spaces, texts

if TYPE_CHECKING:
    from pytest_promptevo.genome import Gene


@given(genes, st.floats(0, 1, exclude_max=True), seeds)
def test_every_quantile_lies_in_the_gene(gene: Gene, quantile: float, seed: int) -> None:
    value = gene.at(quantile, np.random.default_rng(seed))
    assert gene.check(value) == value


@given(genes, seeds)
def test_every_sample_lies_in_the_gene(gene: Gene, seed: int) -> None:
    value = gene.sample(np.random.default_rng(seed))
    assert gene.check(value) == value


@given(genes, seeds)
def test_every_step_lies_in_the_gene_and_goes_somewhere(gene: Gene, seed: int) -> None:
    rng = np.random.default_rng(seed)
    value = gene.sample(rng)
    for _ in range(8):
        last, value = value, gene.step(value, rng)
        assert gene.check(value) == value
        assert (value != last) is (gene.size > 1)


@given(genes, seeds)
def test_every_child_lies_in_the_gene(gene: Gene, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = gene.sample(rng), gene.sample(rng)
    child = gene.cross(first, second, rng)
    assert gene.check(child) == child


@given(genes, seeds)
def test_features_are_of_one_length_and_between_0_and_1(gene: Gene, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = [gene.features(gene.sample(rng)) for _ in range(3)]
    assert len({len(row) for row in rows}) == 1
    assert all(-1e-9 <= value <= 1 + 1e-9 for row in rows for value in row)


@given(spaces, seeds)
def test_every_sample_lies_in_the_space(space: SearchSpace, seed: int) -> None:
    assert not list(space.problems(space.sample(np.random.default_rng(seed))))


@given(spaces, seeds)
def test_the_same_seed_gives_the_same_sample(space: SearchSpace, seed: int) -> None:
    one, other = (space.sample(np.random.default_rng(seed)) for _ in range(2))
    assert one == other


@given(spaces, seeds)
def test_a_genome_survives_plain_data(space: SearchSpace, seed: int) -> None:
    genome = space.sample(np.random.default_rng(seed))
    again = Genome(genome.plain())
    assert again == genome
    assert not list(space.problems(again))


values = st.dictionaries(texts, scalars | st.lists(texts, max_size=3), max_size=4)


@given(values, st.randoms(use_true_random=False))
def test_a_genome_is_its_content_in_any_order(made: dict[str, object], random: object) -> None:
    items = list(made.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert Genome(dict(items)) == Genome(made)
    assert hash(Genome(dict(items))) == hash(Genome(made))


@given(values, values)
def test_genomes_are_equal_where_their_keys_are(
    one: dict[str, object], other: dict[str, object]
) -> None:
    assert (Genome(one) == Genome(other)) is (Genome(one).key == Genome(other).key)
