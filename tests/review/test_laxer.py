"""A change by which more may pass than before is told, and ``--fail-on laxer`` refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SuiteError
from pytest_promptevo.lock import Entry, read_lock, write_lock
from pytest_promptevo.review.alert import alert
from pytest_promptevo.review.pieces import plain
from pytest_promptevo.review.words import Condition, Word
from review.cases import BRIEF, COUNT, POLITE
from review.scene import Scene, example

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.review.model import SuiteChange

FAILING = (3, 7, 11, 15)
LIMITED = {"refund": {"min": 0.5}}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """A suite of forty examples that fails four, of which half have a tag."""
    made = Scene(tmp_path / "project")
    made.model({BRIEF: FAILING})
    made.golden(_examples())
    return made


@pytest.fixture
def evolved(tmp_path: Path) -> Scene:
    """A suite whose locked genome a search has found, and which fails some held-out examples."""
    made = Scene(tmp_path / "project")
    made.model({BRIEF: range(0, COUNT, 2), POLITE: range(1, COUNT, 7)})
    made.golden([example(at) for at in range(COUNT)])
    made.suite(search={"persona": [BRIEF, POLITE]})
    made.evolve(seed=3)
    made.commit("base")
    return made


def _examples(**more: Any) -> list[dict[str, Any]]:
    return [example(at, tags=["refund"] if at % 2 else [], **more) for at in range(40)]


def _told(change: SuiteChange) -> str:
    return plain(alert(change))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"threshold": 0.5}, {"threshold": 0.1}, "The gate: threshold 0.5 → 0.1."),
        ({"pass_mark": 0.9}, {"pass_mark": 0.1}, "The gate: pass mark 0.9 → 0.1."),
        ({}, {"draft": True}, "The gate: a draft from now on, which cannot fail"),
        ({}, {"scorer_check": False}, "The gate: scorers are no longer checked."),
        (
            {"objectives": {"quality": {"min": 0.8}, "tokens": {"max": 400}}},
            {"objectives": {"quality": {}, "tokens": {"max": 900}}},
            "The gate: min of quality 0.8 → none, max of tokens 400 → 900.",
        ),
        (
            {"objectives": {"quality": {}, "tokens": {"weight": -0.001}}},
            {"objectives": {"quality": {}, "tokens": {"weight": 0}}},
            "The gate: weight of tokens -0.001 → 0.",
        ),
        (
            {"scorers": ["exact_match"]},
            {"scorers": [{"exact_match": {"ignore_case": True}}]},
            "Scorers: exact_match → ",
        ),
        ({"tags": LIMITED}, {}, "Least quality of tags: refund 0.5 → none."),
        (
            {"tags": LIMITED},
            {"tags": {"refund": {"min": 0.2}}},
            "Least quality of tags: refund 0.5 → 0.2.",
        ),
    ],
)
def test_a_laxer_gate(
    scene: Scene, before: dict[str, Any], after: dict[str, Any], told: str
) -> None:
    """In both directions: the other way round it is told as well, and refused for nothing."""
    scene.suite(**before)
    scene.accept()
    scene.commit("base")
    scene.suite(**after)
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert Condition.LAXER in change.conditions
    assert told in _told(change)
    back = {each for change in scene.review("head", "base").suites for each in change.conditions}
    assert (Condition.LAXER in back) is ("scorers" in before)


def test_an_example_that_loses_the_tag_that_has_a_limit(scene: Scene) -> None:
    scene.suite(tags=LIMITED)
    scene.accept()
    scene.commit("base")
    examples = _examples()
    for at in FAILING:
        examples[at]["tags"] = []
    scene.golden(examples)
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert change.conditions == {Condition.LAXER}
    assert "No longer of tag refund: ord-003, ord-007, ord-011, ord-015." in _told(change)


def test_many_limits_of_tags_make_no_long_page(scene: Scene) -> None:
    """A comment has room for 65,536 characters, and the sentences on top are never left out."""
    tags = [f"{at:03}-{'t' * 190}" for at in range(100)]
    scene.golden([example(0, tags=tags), *_examples()[1:]])
    scene.suite(tags={tag: {"min": 0.5} for tag in tags})
    scene.accept()
    scene.commit("base")
    scene.golden([example(0, tags=[]), example(100, tags=tags), *_examples()[1:]])
    stages = [number / 1000 for number in range(1, 1001)]
    scene.suite(tags={tag: {"min": 0.1} for tag in tags}, rollout={"stages": stages})
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert " and 95 more." in _told(change)
    assert len(_told(change)) < 5_000


@pytest.mark.parametrize("how", ["removed", "edited"])
def test_failing_examples_that_are_taken_out(scene: Scene, how: str) -> None:
    scene.suite()
    scene.accept()
    scene.commit("base")
    examples = _examples()
    for at in sorted(FAILING, reverse=True):
        if how == "removed":
            del examples[at]
        else:
            examples[at]["expected"] = "nobody knows"
    scene.golden(examples)
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert change.conditions == {Condition.LAXER}
    assert f"Golden examples: 4 {how} (ord-003, ord-007," in _told(change)


def test_new_examples_alone_make_nothing_laxer(scene: Scene) -> None:
    scene.suite()
    scene.accept()
    scene.commit("base")
    scene.golden([*_examples(), example(100)])
    scene.accept()
    scene.commit("head")
    assert scene.only().conditions == frozenset()


def test_other_ids_hide_no_fall(scene: Scene) -> None:
    scene.suite()
    scene.accept()
    scene.commit("base")
    renamed = [each | {"id": f"x-{each['id']}"} for each in _examples()]
    scene.golden(renamed)
    scene.accept()
    scene.commit("renamed")
    change = scene.only("base", "renamed")
    assert (change.word, change.conditions) == (Word.INCONCLUSIVE, frozenset())
    assert "as before. Golden examples: 40 with another id." in _told(change)
    renamed[0]["expected"] = "nobody knows"
    scene.golden(renamed)
    scene.model({BRIEF: (*FAILING, *range(20, 30))})
    scene.accept()
    scene.commit("head")
    change = scene.only()
    assert change.word is Word.WORSE
    assert "Golden examples: 1 edited (x-ord-000), 40 with another id." in _told(change)
    assert "10 newly failing, 0 fixed, 4 still failing." in _told(change)


def test_qualities_that_are_written_into_the_lock(scene: Scene) -> None:
    scene.suite()
    scene.accept()
    scene.commit("base")
    _edit(scene, lambda entry: {"quality": dict.fromkeys(entry.quality or (), 0.9)})
    change = scene.only()
    assert change.conditions == {Condition.LAXER}
    assert "4 examples with the same answers as before: judged better." in _told(change)


def _edit(scene: Scene, changes: Callable[[Entry], dict[str, Any]]) -> None:
    """Edits the lock as one who knows how its checksums are made, and commits that."""
    lock = read_lock(scene.root / "promptevo.lock")
    entry = lock.entries["orders"]
    write_lock(lock.with_entry("orders", entry.model_copy(update=changes(entry))))
    scene.commit("head")


@pytest.mark.parametrize(
    ("forget", "told"),
    [
        (lambda _: None, "The lock no longer knows which examples its search never saw."),
        (lambda held: held.model_copy(update={"ids": held.ids[:20]}),
         "The lock no longer counts 16 examples as held out."),
        (lambda held: held.model_copy(update={"failing": {}}),
         " failed."),
        (lambda held: held.model_copy(update={"inputs": held.inputs[:-17]}),
         "The lock forgets 1 held-out example."),
        (lambda held: held.model_copy(update={"searched": held.searched[:-34]}),
         "The lock forgets 2 examples that searches have seen."),
    ],
)  # fmt: skip
def test_what_a_lock_forgets(evolved: Scene, forget: Callable[[Any], Any], told: str) -> None:
    _edit(evolved, lambda entry: {"held_out": forget(entry.held_out)})
    change = evolved.only()
    assert change.conditions == {Condition.LAXER}
    assert told in _told(change)


def test_an_update_forgets_nothing(evolved: Scene) -> None:
    """Of whatever golden examples: some are held out."""
    examples = [example(at) for at in range(COUNT)]
    examples[1]["expected"] = examples[8]["expected"] = "nobody knows"
    del examples[20:24]
    evolved.golden([*examples, example(100)])
    evolved.accept()
    evolved.commit("head")
    change = evolved.only()
    assert Condition.LAXER in change.conditions  # for the examples
    assert "forget" not in _told(change)
    assert "no longer" not in _told(change)


def test_evidence_of_another_search_confirms_no_genome(evolved: Scene) -> None:
    """As a genome does that is written into the lock, beside the test of the one before."""
    _edit(evolved, lambda entry: {"genome": {**entry.genome, "persona": BRIEF}})
    assert Condition.UNCONFIRMED in evolved.only().conditions


def test_no_suite_stands_in_for_another_of_its_name(scene: Scene) -> None:
    scene.suite()
    scene.accept()
    scene.commit("base")
    same = (scene.root / "orders.promptevo.yaml").read_text("utf-8")
    scene.write("zoo/orders.promptevo.yaml", same.replace("golden/", "../golden/"))
    scene.suite(threshold=0.01)
    scene.commit("head")
    with pytest.raises(SuiteError, match=r"the suite name 'orders' is taken by .*: rename one"):
        scene.review("base", "head")


def test_a_rollout_is_told(scene: Scene) -> None:
    scene.suite()
    scene.accept()
    scene.commit("base")
    scene.suite(rollout={"margin": 0.2})
    scene.accept()
    scene.commit("head")
    assert "The rollout: margin 0.05 → 0.2." in _told(scene.only())
