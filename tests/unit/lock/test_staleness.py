from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.lock import LockedModel, changes, evidence_holds
from pytest_promptevo.lock.parts import LockedPrompt
from unit.support import make_candidate, make_entry, make_suite, with_candidates

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.suite import Suite


def parts_of(suite: Suite) -> dict[str, Any]:
    """What an entry has of its suite."""
    template = suite.prompt.template
    assert template is not None
    return {
        "fingerprints": suite.fingerprints,
        "models": {
            role: LockedModel(reference=name, digest="d1")
            for role, name in suite.prompt.models.items()
        },
        "prompt": LockedPrompt(user=template.user, system=template.system),
        "output": suite.prompt.output,
        "shots": [],
    }


def entry_of(suite: Suite) -> Any:
    return make_entry(**parts_of(suite))


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
        ({"rollout": {"margin": 0.1}}, ["the rollout"]),
        ({"rollout": {"margin": 0.05, "stages": [0.1, 0.5, 1]}}, []),
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


LAYOUTS = {"layout": ["plain", "last"]}
FORMS = {"form": ["none", "only"]}


@pytest.mark.parametrize("before", [{}, LAYOUTS, FORMS, {**LAYOUTS, **FORMS}])
@pytest.mark.parametrize("after", [{}, LAYOUTS, FORMS, {**LAYOUTS, **FORMS}])
def test_a_gene_that_ships_the_default_is_a_change_of_the_search_alone(
    tmp_path: Path, before: Any, after: Any
) -> None:
    search = {"temperature": {"low": 0.0, "high": 1.0}}
    prompt = {"prompt": "Extract the number.\nMessage: {{message}}"}
    genome = {"temperature": 0.5}
    entry = entry_of(make_suite(tmp_path, search={**search, **before}, genome=genome, **prompt))
    suite = make_suite(tmp_path, search={**search, **after}, genome=genome, **prompt)
    assert changes(suite, entry, {}) == ([] if before == after else ["the search space"])
    genome["layout"] = "last"
    suite = make_suite(tmp_path, search={**search, **LAYOUTS}, genome=genome, **prompt)
    assert "the shipped genome" in changes(suite, entry, {})


def test_candidates_that_are_drawn_more_often_now_are_named(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, repeats=4)
    genome = {**make_candidate().genome, "temperature": 0.5}
    entry = with_candidates(
        make_candidate(genome=genome, repeats=4),
        make_candidate(genome=genome, repeats=1),
        make_candidate(repeats=2),
        **parts_of(suite),
    )
    assert changes(suite, entry, {}) == [
        "repeats of candidate-2 (1 -> 4)",
        "repeats of candidate-3 (2 -> 1)",
    ]


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
    entry = make_entry(**{**parts_of(suite), "fingerprints": fewer})
    assert changes(suite, entry, {}) == ["the golden examples"]


@pytest.mark.parametrize(
    ("golden", "said"),
    [
        ((), "the golden examples"),
        (("a changed", "b new"), "the golden examples (a changed, b new)"),
        (
            tuple(f"e{number} gone" for number in range(7)),
            "the golden examples (e0 gone, e1 gone, e2 gone, e3 gone, e4 gone and 2 more)",
        ),
    ],
)
def test_which_golden_examples_changed_is_named(
    tmp_path: Path, golden: tuple[str, ...], said: str
) -> None:
    entry = entry_of(make_suite(tmp_path))
    changed = [{"id": "a", "inputs": {"message": "x"}, "expected": "y"}]
    suite = make_suite(tmp_path, golden=changed)
    assert changes(suite, entry, {}, golden) == [said]


def test_golden_examples_that_did_not_change_are_not_named(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    assert changes(suite, entry_of(suite), {}, ("a changed",)) == []


def test_another_number_of_draws_is_named(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, genome={"temperature": 0.5}, repeats=3)
    entry = make_entry(genome={"temperature": 0.5, "model": "primary"}, **parts_of(suite))
    assert changes(suite, entry, {}) == ["repeats (1 -> 3)"]
    assert changes(suite, entry.model_copy(update={"repeats": 3}), {}) == []


@pytest.mark.parametrize(
    ("parts", "holds"),
    [
        ({}, True),
        ({"genome": {"temperature": 0.5}}, True),
        ({"genome": {"cot": False}, "search": {"cot": [False, True]}}, True),
        ({"threshold": 0.6}, True),
        ({"prompt": "Q: {{message}}"}, False),
        ({"output": {"max_repairs": 0}}, False),
        ({"scorers": ["contains"]}, False),
        ({"objectives": {"tokens": {"weight": -1.0}}}, False),
        ({"golden": [{"id": "a", "inputs": {"message": "x"}, "expected": "y"}]}, False),
        ({"models": {"primary": "scripted:answers:other"}}, False),
        ({"models": {"primary": "scripted:answers:echo", "new": "scripted:a:b"}}, False),
    ],
)
def test_evidence_holds_for_what_it_was_about(tmp_path: Path, parts: Any, holds: bool) -> None:
    suite = make_suite(tmp_path)
    weights = {"objectives": suite.objectives.counting}
    entry = entry_of(suite).model_copy(update=weights)
    assert evidence_holds(make_suite(tmp_path, **parts), entry, {}) is holds


@pytest.mark.parametrize(("digest", "holds"), [("d1", True), ("d2", False)])
def test_evidence_is_about_the_weights_of_the_model(
    tmp_path: Path, digest: str, holds: bool
) -> None:
    suite = make_suite(tmp_path)
    assert evidence_holds(suite, entry_of(suite), {"primary": digest}) is holds
