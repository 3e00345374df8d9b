from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.genome import Choice, FewShot, Flag, Float, Gene, Int, SearchSpace

if TYPE_CHECKING:
    from collections.abc import Callable


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(
    ("gene", "grid"),
    [
        (Int(1, 4), (1, 2, 3, 4)),
        (Int(0, 10, 4), (0, 4, 8)),
        (Int(8, 100, log=True), (8, 16, 32, 64, 100)),
        (Int(1, 4, 1.1, log=True), (1, 2, 3, 4)),  # type: ignore[arg-type]
        (Int(5, 5), (5,)),
        (Float(0, 1, 0.25), (0.0, 0.25, 0.5, 0.75, 1.0)),
        (Float(0, 0.3, 0.1), (0.0, 0.1, 0.2, 0.3)),
        (Float(-0.3, 0, 0.1), (-0.3, -0.2, -0.1, 0.0)),
        (Float(2, 2), (2.0,)),
        (Float(0.01, 0.05, log=True), (0.01, 0.02, 0.04, 0.05)),
        (Float(1e-12, 4e-12, log=True), (1e-12, 2e-12, 4e-12)),
    ],
)
def test_the_grid_of_a_number(gene: Any, grid: tuple[float, ...]) -> None:
    assert gene.grid == grid
    assert gene.size == len(grid)


def test_a_range_without_a_step_has_ten() -> None:
    assert Float(0, 1).size == 11


def test_the_grid_never_leaves_the_bounds() -> None:
    gene = Float(0.333333333333, 0.666666666666, 0.111111111111)
    assert all(gene.check(level) == level for level in gene.grid)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Float(1, 0), "low 1.0 is above high 0.0"),
        (lambda: Float(0, float("inf")), "must be finite"),
        (lambda: Float(float("nan"), 1), "must be finite"),
        (lambda: Float(0, 1, log=True), "a log scale needs low > 0"),
        (lambda: Float(0, 1, 0), "step must be > 0"),
        (lambda: Float(0, 1, -1), "step must be > 0"),
        (lambda: Int(0, 9, 0), "step must be > 0"),
        (lambda: Int(1, 9, 0, log=True), "step must be > 0"),
        (lambda: Float(1, 9, 1, log=True), "step is a factor > 1"),
        (lambda: Float(0, 1, 1e-9), "more than 100,000 steps"),
        (lambda: Float(1, 1e300, 1.000001, log=True), "more than 100,000 steps"),
        (lambda: Choice([]), "needs at least one value"),
        (lambda: Choice(["a", "b", "a"]), "a value stands twice"),
        (lambda: Choice([1, 1.0]), "a value stands twice"),
        (lambda: Choice([f"text {index}" for index in range(400_000)]), "400,000 values: at most"),
        (lambda: Choice([["a"], ["a"]]), "a value stands twice"),
        (lambda: FewShot(["a", "b"], max=2, min=3), "between 0 and 2 examples, not 3"),
        (lambda: FewShot(["a"], max=1, min=-1), "must not be below 0: max 1, min -1"),
        (lambda: FewShot(["a"], max=-1), "must not be below 0: max -1"),
        (lambda: FewShot("shots.jsonl", max=2), "must be a list of example ids, not 'shots.jsonl'"),
        (lambda: FewShot(cast("Any", 5), max=2), "must be a list of example ids, not 5"),
        (lambda: FewShot(cast("Any", [{"id": "a"}]), max=2), "name each example by its id"),
        (lambda: FewShot(["a"], max=cast("Any", "2")), "max must be a whole number, not '2'"),
        (lambda: FewShot(["a"], 1, min=cast("Any", 0.5)), "min must be a whole number, not 0.5"),
        (lambda: FewShot(["a", "b", "a"], max=2), "stands twice in the pool"),
        (lambda: Float(cast("Any", "a"), 1), "low must be a number, not 'a'"),
        (lambda: Float(0, cast("Any", None)), "high must be a number, not None"),
        (lambda: Float(0, 1, cast("Any", "a")), "step must be a number, not 'a'"),
        (lambda: Float(True, 1), "low must be a number, not True"),
        (lambda: Int(cast("Any", 0.5), 3), "low must be a whole number, not 0.5"),
        (lambda: Int(0, 3, cast("Any", 1.5)), "step must be a whole number, not 1.5"),
        (lambda: Choice("plain"), "must be a list, not the text 'plain'"),
        (lambda: Choice(cast("Any", 5)), "must be a list, not 5"),
        (lambda: Choice(cast("Any", {"a", "b"})), "must be a list, not {"),
        (lambda: Choice([{1}]), "is no value of a gene"),
        (lambda: Choice([float("nan"), 1.0]), "nan is no value of a gene"),
    ],
)
def test_an_impossible_gene_is_refused(make: Callable[[], Gene], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        make()


@pytest.mark.parametrize(
    ("gene", "value", "normal"),
    [
        (Float(0, 1), 1, 1.0),
        (Float(0, 1), 0.55, 0.55),
        (Int(0, 9), 5.0, 5),
        (Flag(), True, True),
        (Choice(["a", 1]), 1, 1),
        (Choice([["a"], ["b", "c"]]), ["b", "c"], ("b", "c")),
        (FewShot(["a", "b"], max=2), ["b", "a"], ("b", "a")),
        (FewShot(["a", "b"], max=2), (), ()),
    ],
)
def test_a_value_gets_its_normal_form(gene: Gene, value: Any, normal: Any) -> None:
    found = gene.check(value)
    assert (found, type(found)) == (normal, type(normal))


@pytest.mark.parametrize(
    ("gene", "value", "said"),
    [
        (Float(0, 1), 1.1, "1.1 is outside 0.0 to 1.0"),
        (Float(0, 1), True, "is not a number"),
        (Float(0, 1), "0.5", "is not a number"),
        (Float(0, 1), float("nan"), "is outside"),
        (Int(0, 9), 2.5, "2.5 is not a whole number"),
        (Int(0, 9), float("inf"), "is not a whole number"),
        (Int(0, 9), None, "is not a number"),
        (Flag(), 1, "1 is none of the 2 values"),
        (Flag(), "true", "none of the 2 values"),
        (Choice([1, 2]), 1.0, "none of the 2 values"),
        (FewShot(["a"], max=1), "a", "is not a list of example ids"),
        (FewShot(["a"], max=1), ["b"], "'b' is no example of the pool"),
        (FewShot(["a"], max=1), [["a"]], "is no example of the pool"),
        (FewShot(["a", "b"], max=2), ["a", "a"], "an example stands twice"),
        (FewShot(["a", "b"], max=1), ["a", "b"], "2 examples, not 0 to 1"),
        (FewShot(["a", "b"], max=2, min=1), [], "0 examples, not 1 to 2"),
    ],
)
def test_a_value_outside_the_gene_is_refused(gene: Gene, value: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        gene.check(value)


@pytest.mark.parametrize(
    ("gene", "values"),
    [
        (Choice(list("abc")), ["a", "a", "b", "c"]),
        (Int(1, 4), [1, 1, 2, 4]),
        (Float(0, 1, 0.5), [0.0, 0.0, 0.5, 1.0]),
    ],
)
def test_quantiles_divide_the_values_evenly(gene: Gene, values: list[Any]) -> None:
    assert [gene.at(quantile, rng()) for quantile in (0, 0.2, 0.45, 0.999)] == values


def test_quantiles_of_few_shots_divide_their_number() -> None:
    gene = FewShot(list("abcd"), max=3, min=1)
    assert [len(gene.at(quantile, rng())) for quantile in (0, 0.4, 0.99)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("gene", "value", "steps"),
    [
        (Int(8, 64, log=True), 16, {8, 32}),
        (Int(0, 9), 0, {1}),
        (Int(0, 9), 9, {8}),
        (Float(0, 1, 0.5), 0.6, {0.5, 1.0}),
        (Int(0, 10, 4), 10, {8}),
        (Flag(), False, {True}),
        (Choice(list("abc")), "b", {"a", "c"}),
        (Int(3, 3), 3, {3}),
        (Choice(list("a")), "a", {"a"}),
        (FewShot(list("ab"), max=1), ("a",), {(), ("b",)}),
        (FewShot(list("ab"), max=2, min=2), ("a", "b"), {("b", "a")}),
        (FewShot(list("a"), max=0), (), {()}),
    ],
)
def test_a_step_goes_to_a_neighbour(gene: Gene, value: Any, steps: set[Any]) -> None:
    random = rng()
    assert {gene.step(value, random) for _ in range(50)} == steps


@pytest.mark.parametrize(
    ("gene", "first", "second", "children"),
    [
        (Int(0, 10), 2, 6, {4}),
        (Int(0, 10), 2, 5, {3, 4}),
        (Int(1, 64, log=True), 4, 16, {8}),
        (Float(0, 1, 0.1), 0.2, 0.4, {0.3}),
        (Choice(list("abc")), "a", "c", {"a", "c"}),
        (Flag(), True, True, {True}),
        (FewShot(list("abc"), max=3), ("a", "b"), ("b", "a"), {("a", "b")}),
        (FewShot(list("abc"), max=3), ("a",), ("b",), {(), ("a",), ("b",), ("a", "b")}),
        (FewShot(list("abc"), max=1, min=1), ("a",), ("b",), {("a",), ("b",)}),
    ],
)
def test_a_child_lies_between_its_parents(
    gene: Gene, first: Any, second: Any, children: set[Any]
) -> None:
    random = rng()
    assert {gene.cross(first, second, random) for _ in range(80)} == children


@pytest.mark.parametrize(
    ("gene", "value", "features"),
    [
        (Float(0, 2), 0.5, [0.25]),
        (Int(1, 16, log=True), 4, [0.5]),
        (Int(3, 3), 3, [0.0]),
        (Flag(), True, [1.0]),
        (Choice(list("abc")), "b", [0.0, 1.0, 0.0]),
        (Choice([["a"], ["b"]]), ("b",), [0.0, 1.0]),
        (FewShot(list("abc"), max=2), ("c",), [0.5, 0.0, 0.0, 1.0]),
        (FewShot(list("a"), max=0), (), [0.0, 0.0]),
    ],
)
def test_features_are_numbers_from_0_to_1(gene: Gene, value: Any, features: list[float]) -> None:
    assert gene.features(value) == pytest.approx(features)


def test_the_size_of_a_few_shot_gene_counts_orders() -> None:
    assert FewShot(list("abc"), max=2).size == 1 + 3 + 6
    assert FewShot([str(index) for index in range(20_000)], max=20_000).size == math.inf


def test_no_more_few_shots_than_the_pool_has() -> None:
    assert FewShot(list("ab"), max=9).max == 2


def test_genes_are_equal_by_content() -> None:
    assert Choice(["a", "b"]) == Choice(("a", "b"))
    assert FewShot(["a"], 1) == FewShot(("a",), 4)
    assert repr(Flag()) == "Flag()"


@pytest.mark.parametrize("gene", [Int, Float])
def test_numbers_that_no_float_can_hold_are_refused(gene: Any) -> None:
    with pytest.raises(SettingsError, match="too large"):
        gene(0, 10**400)
    with pytest.raises(ValueError, match="is outside 0"):
        gene(0, 9).check(10**400)
    with pytest.raises(ValueError, match="is outside 0"):
        gene(0, 9).check(10**5000)


@pytest.mark.parametrize(
    "gene",
    [
        Float(0, 1, 0.1), Float(0, 1, 2), Float(0, 0), Float(0, 1e-11, 1e-15),
        Float(1, 2, log=True), Float(1, 1, log=True), Int(0, 9), Int(3, 3),
        Int(0, 5, 7), Int(1, 8, log=True),
        Choice(["a"]), Choice(["a", "b"]), Flag(), FewShot(["s"], 0), FewShot(["s"], 1),
    ],
)  # fmt: skip
def test_a_gene_varies_where_it_has_several_values(gene: Gene) -> None:
    assert gene.varies == (gene.size > 1)


def test_a_space_of_many_long_genes_is_made_in_a_moment() -> None:
    texts = [f"text {number}" for number in range(1_000)]
    lists = [[[number]] for number in range(1_000)]
    begin = time.process_time()
    genes: dict[str, Gene] = {f"n{number}": Float(0, 100_000, 1) for number in range(200)}
    genes |= {f"c{number}": Choice(texts) for number in range(200)}
    genes |= {f"l{number}": Choice(lists) for number in range(20)}
    assert len(SearchSpace(genes).free) == 420
    assert not any("grid" in vars(gene) for gene in genes.values())  # megabytes each
    assert time.process_time() - begin < 2


def test_lists_in_a_choice_stand_there_once() -> None:
    with pytest.raises(SettingsError, match="a value stands twice"):
        Choice([[["a"]], [["a"]]])
