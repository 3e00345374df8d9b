from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.lock import LockedModel, changes
from unit.support import make_entry, make_suite

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.suite import Suite


def entry_of(suite: Suite) -> Any:
    models = {
        role: LockedModel(reference=name, digest="d1") for role, name in suite.prompt.models.items()
    }
    return make_entry(fingerprints=suite.fingerprints, models=models)


def test_an_entry_of_the_same_suite_is_fresh(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    assert changes(suite, entry_of(suite), {"primary": "d1"}) == []


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"prompt": "Q: {{message}}"}, ["the prompt's texts"]),
        ({"genome": {"temperature": 0.5}}, ["the shipped genome"]),
        ({"output": {"max_repairs": 0}}, ["the output's format"]),
        ({"scorers": ["contains"]}, ["the scorers"]),
        ({"threshold": 0.6}, ["the objectives or the threshold"]),
        (
            {"models": {"primary": "scripted:answers:other"}},
            ["model 'primary' (scripted:answers:echo -> scripted:answers:other)"],
        ),
        (
            {"models": {"primary": "scripted:answers:echo", "new": "scripted:a:b"}},
            ["model role 'new'"],
        ),
        (
            {"golden": [{"id": "a", "inputs": {"message": "x"}, "expected": "y"}]},
            ["the golden examples"],
        ),
    ],
)
def test_what_changed_is_named(tmp_path: Path, parts: Any, said: list[str]) -> None:
    entry = entry_of(make_suite(tmp_path))
    assert changes(make_suite(tmp_path, **parts), entry, {}) == said


def test_a_changed_gene_and_its_value_are_both_named(tmp_path: Path) -> None:
    entry = entry_of(make_suite(tmp_path))
    suite = make_suite(tmp_path, genome={"cot": False}, search={"cot": [False, True]})
    assert changes(suite, entry, {}) == ["the shipped genome", "the search space"]


def test_a_role_that_is_gone_is_named(tmp_path: Path) -> None:
    models = {"primary": "scripted:answers:echo", "old": "scripted:a:b"}
    entry = entry_of(make_suite(tmp_path, models=models))
    assert changes(make_suite(tmp_path), entry, {}) == ["model role 'old'"]


def test_other_weights_under_the_same_name_are_named(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    assert changes(suite, entry_of(suite), {"primary": "d2"}) == [
        "the function of model 'primary' (scripted:answers:echo)"
    ]


def test_a_model_out_of_reach_is_not_judged(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    assert changes(suite, entry_of(suite), {}) == []


def test_a_fingerprint_that_the_entry_lacks_counts_as_changed(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    fewer = {name: each for name, each in suite.fingerprints.items() if name != "golden"}
    assert changes(suite, make_entry(fingerprints=fewer), {}) == ["the golden examples"]
