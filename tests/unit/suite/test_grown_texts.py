"""``texts`` and ``grow`` in a suite file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SuiteError
from pytest_promptevo.genome import Choice, Text
from pytest_promptevo.prompt import Example
from unit.support import make_suite

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.suite import Suite

ASK = {"prompt": {"system": "{{persona}}", "user": "{{ask}}\n{{message}}"}}
TWO = {"primary": "scripted:answers:echo", "proposer": "scripted:answers:other"}


def suite(folder: Path, spec: Any, **parts: Any) -> Suite:
    genome = {"ask": "Name it.", "persona": "", **parts.pop("genome", {})}
    search = {"ask": spec, **parts.pop("search", {})}
    return make_suite(folder, **ASK, genome=genome, search=search, **parts)


def text(made: Suite, name: str = "ask") -> Text:
    assert made.space is not None
    gene = made.space[name]
    assert isinstance(gene, Text)
    return gene


def test_a_text_begins_with_the_shipped_one(tmp_path: Path) -> None:
    gene = text(suite(tmp_path, {"grow": {}}))
    assert (gene.texts, gene.by, gene.max, gene.chars) == (("Name it.",), "", 12, 400)
    listed = {"texts": ["Which one?", "Name it."], "grow": {"by": "primary", "max": 3, "chars": 90}}
    gene = text(suite(tmp_path, listed))
    assert (gene.texts, gene.by, gene.max, gene.chars) == (
        ("Name it.", "Which one?"), "primary", 3, 90,
    )  # fmt: skip


def test_without_grow_it_is_a_list_that_need_not_repeat_the_shipped_text(tmp_path: Path) -> None:
    made = suite(tmp_path, {"texts": ["Which one?"]})
    assert made.space is not None
    assert made.space["ask"] == Choice(["Name it.", "Which one?"])


def test_a_role_that_only_proposes_is_nothing_that_is_tested(tmp_path: Path) -> None:
    models = {"proposer": "scripted:answers:other", "primary": "scripted:answers:echo"}
    made = suite(tmp_path, {"grow": {"by": "proposer"}}, models=models)
    assert made.shipped["model"] == "primary"
    assert made.prompt.models == {"primary": "scripted:answers:echo"}
    assert made.proposers == {"proposer": "scripted:answers:other"}
    other = made.with_models({"proposer": "scripted:answers:third"})
    assert other.proposers == {"proposer": "scripted:answers:third"}
    assert other.prompt is not None
    assert other.prompt.models == made.prompt.models


@pytest.mark.parametrize(
    ("genome", "search"), [({"model": "proposer"}, {}), ({}, {"model": ["primary", "proposer"]})]
)
def test_a_role_may_do_both(tmp_path: Path, genome: Any, search: Any) -> None:
    grow = {"grow": {"by": "proposer"}}
    made = suite(tmp_path, grow, models=TWO, genome=genome, search=search)
    assert made.prompt.models == TWO
    assert made.proposers == {"proposer": "scripted:answers:other"}


def test_the_only_role_may_propose(tmp_path: Path) -> None:
    made = suite(tmp_path, {"grow": {"by": "primary"}})
    assert made.prompt.models == {"primary": "scripted:answers:echo"}
    assert set(made.proposers) == {"primary"}


def test_system_texts_grow_too_and_may_be_empty_at_first(tmp_path: Path) -> None:
    made = suite(tmp_path, ["Name it."], search={"persona": {"grow": {}}})
    assert text(made, "persona").texts == ("",)


def test_golden_examples_and_shots_guard_what_is_grown(tmp_path: Path) -> None:
    golden = [{"inputs": {"message": "the red bus to the old harbour"}, "expected": "Rotterdam"}]
    shots = [{"id": "s", "inputs": {"message": "x"}, "expected": "Antwerp"}]
    search = {"shots": {"few_shot": shots, "max": 1}}
    made = suite(tmp_path, {"grow": {}}, golden=golden, search=search, genome={"shots": []})
    gene = text(made)
    assert gene.check("Name the town.") == "Name the town."
    for leak in ("Is it Rotterdam?", "Is it ANTWERP?", "Take the red bus to the stop."):
        with pytest.raises(ValueError, match="cannot be a text of it"):
            gene.check(leak)
    more = made.with_examples([Example("new", {"message": "y"}, "Hamburg")])
    with pytest.raises(ValueError, match="answer that an example expects"):
        text(more).check("Is it Hamburg?")


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"grow": 3}, "grow must be a mapping"),
        ({"grow": {"bye": "primary"}}, "unknown key 'bye'.*\n.*'by'"),
        ({"grow": {"by": "primry"}}, "model role 'primry'.*\n.*'primary'"),
        ({"grow": {"by": 1}}, "by must be the name of a role"),
        ({"grow": {"max": 0}}, "max must be 1 or more"),
        ({"grow": {"chars": "x"}}, "chars must be a whole number"),
        ({"grow": {"chars": 100_000}}, "chars from 1 to"),
        ({"texts": "Name it."}, "texts must be a list of texts"),
        ({"texts": ["a", "a"]}, "a text stands twice"),
        ({"texts": [1]}, "texts must be a list of texts"),
        ({"texts": ["See {{message}}."], "grow": {}}, "must have the same placeholders"),
    ],
)
def test_what_cannot_grow_is_told_with_its_line(tmp_path: Path, spec: Any, said: str) -> None:
    with pytest.raises(SuiteError, match=said) as caught:
        suite(tmp_path, spec)
    assert ".promptevo.yaml:" in str(caught.value)


def test_genes_that_are_no_texts_do_not_grow(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="belong to texts, not to 'temperature'"):
        suite(tmp_path, ["Name it."], search={"temperature": {"grow": {}}})
