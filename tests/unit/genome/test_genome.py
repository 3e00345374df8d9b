from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.genome import Choice, FewShot, Flag, Float, Genome, Int, SearchSpace

SPACE = SearchSpace({"text": Choice(["a", "b"]), "temperature": Float(0, 1, 0.1), "n": Int(3, 3)})


def test_genomes_are_equal_by_content_in_any_order() -> None:
    one, other = Genome({"a": 1, "b": ["x"]}), Genome({"b": ("x",), "a": 1})
    assert one == other
    assert len({one, other}) == 1


@pytest.mark.parametrize("other", [{"a": True}, {"a": 1.0}, {"a": "1"}, {"a": 1, "b": None}, {}])
def test_genomes_tell_types_apart(other: dict[str, Any]) -> None:
    assert Genome(other) != Genome({"a": 1})


def test_a_genome_is_no_mapping_of_another_kind() -> None:
    assert Genome({"a": 1}) != {"a": 1}


def test_a_genome_does_not_follow_its_source() -> None:
    values = {"shots": ["a"]}
    genome = Genome(values)
    values["shots"].append("b")
    assert genome["shots"] == ("a",)


def test_a_change_makes_a_copy() -> None:
    genome = Genome({"a": 1, "b": 2})
    assert genome.with_(b=3) == Genome({"a": 1, "b": 3})
    assert genome["b"] == 2


def test_plain_data_has_lists() -> None:
    assert Genome({"shots": ("a",), "cot": False}).plain() == {"shots": ["a"], "cot": False}


def test_the_key_is_canonical_json() -> None:
    assert Genome({"b": ("x",), "a": "é"}).key == '{"a":"é","b":["x"]}'


def test_a_value_without_json_is_refused() -> None:
    with pytest.raises(ValueError):
        Genome({"temperature": float("nan")})


def test_a_space_needs_a_gene() -> None:
    with pytest.raises(SettingsError, match="at least one gene"):
        SearchSpace({})


@pytest.mark.parametrize(
    ("genes", "said"),
    [
        ([Choice(["a"])], "a mapping of names to genes, not"),
        ({1: Choice(["a"])}, "name of a gene must be a text, not 1"),
        ({"tone": ["a", "b"]}, r"tone: .* is no gene; Choice\(\['a', 'b'\]\) would be one"),
        ({"tone": None}, r"tone: None is no gene; Choice\(\[...\]\)"),
    ],
)
def test_what_makes_no_space_is_refused(genes: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        SearchSpace(genes)


def test_the_size_of_a_space_is_the_product() -> None:
    assert SPACE.size == 22
    assert SearchSpace({"cot": Flag(), "shots": FewShot(list("ab"), 1)}).size == 6


def test_a_gene_with_one_value_is_not_free() -> None:
    assert SPACE.free == ("text", "temperature")


def test_a_sample_lies_in_the_space_and_keeps_the_rest() -> None:
    genome = SPACE.sample(np.random.default_rng(0), {"model": "primary", "n": 9})
    assert not list(SPACE.problems(genome))
    assert (genome["model"], genome["n"]) == ("primary", 3)


def test_a_sample_depends_on_the_generator_alone() -> None:
    samples = [SPACE.sample(np.random.default_rng(7)) for _ in range(2)]
    assert samples[0] == samples[1]


def test_problems_name_each_gene() -> None:
    problems = list(SPACE.problems({"text": "c", "temperature": 0.5}))
    assert problems == ["text: 'c' is none of the 2 values", "n: has no value"]
    assert list(SPACE.problems({"text": "c", "temperature": 0.5}))


def test_features_follow_the_order_of_the_genes() -> None:
    assert SPACE.features({"n": 3, "temperature": 0.5, "text": "b"}) == [0.0, 1.0, 0.5, 0.0]
