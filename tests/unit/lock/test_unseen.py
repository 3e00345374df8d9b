from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.base.canonical import canonical_json, text_key
from pytest_promptevo.lock import (
    HeldOut,
    Unseen,
    held_out_of,
    told_anew,
    unseen_examples,
    with_failing,
)
from pytest_promptevo.suite.normal_text import normal
from unit.support import make_suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.suite import Suite

TEXTS = ["late parcel", "wrong size", "refund please", "cannot log in", "broken zip"]
OTHERS = ["where is my invoice", "change the address", "do you ship to Norway"]
OLD = [(f"e{index}", text) for index, text in enumerate(TEXTS)]


def suite_of(path: Path, *rows: tuple[str, str], expected: str = "x") -> Suite:
    golden: list[dict[str, Any]] = [
        {"id": name, "inputs": {"message": text}, "expected": expected} for name, text in rows
    ]
    return make_suite(path, golden=golden)


def unseen(path: Path, *rows: tuple[str, str], expected: str = "x") -> Unseen:
    """Returns what a search that held out e0 and e1 never saw of these examples."""
    return unseen_examples(suite_of(path, *rows, expected=expected), known(path))


def known(path: Path) -> HeldOut:
    return held_out_of(suite_of(path, *OLD), ["e0", "e1"])


def told(name_of_input: str, **inputs: Any) -> list[dict[str, Any]]:
    """Returns the rows of `OLD` with an input of another name, and more inputs."""
    return [
        {"id": name, "inputs": {name_of_input: text, **inputs}, "expected": "x"}
        for name, text in OLD
    ]


def test_what_was_held_out_is_unseen(tmp_path: Path) -> None:
    assert unseen(tmp_path, *OLD) == Unseen(("e0", "e1"), (), 2)


def test_nothing_is_unseen_where_nothing_was_held_out(tmp_path: Path) -> None:
    found = unseen_examples(suite_of(tmp_path, *OLD), None)
    assert (found, found.is_lost) == (Unseen(), False)


def test_what_came_later_is_told_apart(tmp_path: Path) -> None:
    found = unseen(tmp_path, *OLD, ("n", OTHERS[0]))
    assert (found.held_out, found.later) == (("e0", "e1"), ("n",))


def test_another_case_or_punctuation_makes_no_other_example(tmp_path: Path) -> None:
    found = unseen(tmp_path, *OLD, ("n", "Refund, please!"), ("m", "Late parcel!"))
    assert (found.held_out, found.later) == (("e0", "e1"), ("m",))


def test_copies_of_what_was_held_out_do_not_outweigh_the_others(tmp_path: Path) -> None:
    copies = [(f"c{index}", "late parcel" + "!" * (index + 1)) for index in range(9)]
    found = unseen(tmp_path, *OLD, *copies)
    assert (found.held_out, found.count) == (("e0", "e1"), 2)
    assert found.later == tuple(name for name, _ in copies)


def test_another_label_makes_no_other_example(tmp_path: Path) -> None:
    assert unseen(tmp_path, *OLD, expected="y") == Unseen(("e0", "e1"), (), 2)


def test_what_is_edited_was_not_held_out(tmp_path: Path) -> None:
    assert unseen(tmp_path, *OLD[:4], ("e4", OTHERS[1])).later == ("e4",)
    found = unseen(tmp_path, ("e0", OTHERS[1]), *OLD[1:])
    assert (found.held_out, found.later, found.is_lost) == (("e1",), ("e0",), False)


def test_ids_tell_nothing(tmp_path: Path) -> None:
    renamed = [(f"r{index}", text) for index, text in enumerate(TEXTS)]
    assert unseen(tmp_path, *renamed) == Unseen(("r0", "r1"), (), 2)
    swapped = [("e0", TEXTS[3]), OLD[1], OLD[2], ("e3", TEXTS[0]), OLD[4]]
    assert unseen(tmp_path, *swapped) == Unseen(("e1", "e3"), (), 2)


def test_few_that_are_left_do_not_speak_for_all(tmp_path: Path) -> None:
    assert unseen(tmp_path, *OLD[2:]).is_lost
    assert not unseen(tmp_path, *OLD[1:]).is_lost


def test_a_variant_of_what_was_held_out_does_not_stand_for_it(tmp_path: Path) -> None:
    first = unseen(tmp_path, ("v", "Late parcel!"), *OLD)
    assert (first.held_out, first.later) == (("e0", "e1"), ("v",))
    instead = unseen(tmp_path, ("e0", "Late parcel!"), *OLD[1:])
    assert (instead.held_out, instead.later) == (("e1",), ("e0",))


def test_of_several_with_the_same_inputs_each_is_held_out_and_counted_once(tmp_path: Path) -> None:
    found = unseen(tmp_path, OLD[0], ("c1", TEXTS[0]), ("c2", TEXTS[0]), *OLD[2:])
    assert found.held_out == ("e0", "c1", "c2")
    assert len(set(found.digests.values())) == 1
    assert not found.is_lost


@pytest.mark.parametrize("hidden", ["\u200b", "\u2060", "\ufe0f", "\u00ad", "\U000e0101"])
def test_what_nobody_sees_makes_no_other_example(tmp_path: Path, hidden: str) -> None:
    assert normal(TEXTS[3] + hidden) == normal(TEXTS[3])
    assert unseen(tmp_path, *OLD[:3], ("e3", TEXTS[3] + hidden), OLD[4]).later == ()


@pytest.mark.parametrize("rows", [told("message", note=None), told("text"), told("text", note=1)])
def test_inputs_that_are_renamed_or_not_used_make_no_other_example(
    tmp_path: Path, rows: list[dict[str, Any]]
) -> None:
    before = known(tmp_path)
    (name,) = {"message", "text"} & set(rows[0]["inputs"])
    now = make_suite(tmp_path, golden=rows, prompt={"user": f"Read: {{{{{name}}}}}"})
    assert unseen_examples(now, before) == Unseen(("e0", "e1"), (), 2)


def with_two(path: Path, first: str, second: str, **parts: str) -> Suite:
    """Returns a suite whose prompt uses two inputs, unless another prompt is given."""
    golden = [
        {"id": name, "inputs": {first: text, second: f"who {name}"}, "expected": "x"}
        for name, text in OLD
    ]
    prompt = parts.get("user", f"{{{{{second}}}}} {{{{{first}}}}}")
    return make_suite(path, golden=golden, prompt={"user": prompt})


def test_a_renamed_input_makes_no_other_examples_but_values_keep_their_names(
    tmp_path: Path,
) -> None:
    before = held_out_of(with_two(tmp_path, "message", "who"), ["e0", "e1"])
    assert before.names == ["message", "who"]
    for now in (("message", "by"), ("zip", "who"), ("message", "zip"), ("a", "b")):
        suite = with_two(tmp_path, *now)
        assert unseen_examples(suite, before) == Unseen(("e0", "e1"), (), 2)
        updated = told_anew(suite, before)
        assert unseen_examples(suite, updated) == Unseen(("e0", "e1"), (), 2)
        swapped = with_two(tmp_path, *now[::-1])
        for known_now in (before, updated):
            assert unseen_examples(swapped, known_now).held_out == ()
    back = told_anew(with_two(tmp_path, "message", "a"), before)
    assert unseen_examples(with_two(tmp_path, "who", "message"), back).held_out == ()


def with_target(path: Path, *added: dict[str, Any], new: int = 0) -> Suite:
    """Returns a suite whose target may read what is added to the rows of `OLD`, from the first."""
    rows = told("message")
    for row, inputs in zip(rows, added, strict=False):
        row["inputs"] |= inputs
    rows += [{**rows[0], "id": "n", "inputs": {"message": OTHERS[0], "file": "x"}}] * new
    (path / "unseen_target.py").write_text("def reply(inputs, genome, ask):\n    return ''\n")
    return make_suite(path, golden=rows, prompt=None, target="unseen_target:reply")


@pytest.mark.parametrize(
    ("added", "kept"),
    [
        ([{"lang": "en"}] * 5, ("e0", "e1")),
        ([{"note": "x"}], ("e1",)),
        ([{"note": "x"}] * 2, ()),
        ([{"note": ""}, *[{"note": "x"}] * 4], ()),
        ([{}, {}, *[{"note": "x"}] * 3], ("e0", "e1")),
    ],
)
def test_an_input_that_a_target_may_read_makes_other_examples(
    tmp_path: Path, added: list[dict[str, Any]], kept: tuple[str, ...]
) -> None:
    before = held_out_of(with_target(tmp_path), ["e0", "e1"])
    suite = with_target(tmp_path, *added)
    found = unseen_examples(suite, before)
    assert (found.held_out, found.taken) == (kept, 2 - len(kept))
    updated = told_anew(suite, before)
    assert unseen_examples(suite, updated).held_out == kept
    assert unseen_examples(with_target(tmp_path), updated).held_out == ("e0", "e1")


def test_a_new_example_may_have_an_input_that_others_lack(tmp_path: Path) -> None:
    before = held_out_of(with_target(tmp_path), ["e0", "e1"])
    suite = with_target(tmp_path, new=1)
    assert unseen_examples(suite, before) == Unseen(("e0", "e1"), ("n",), 2)
    assert unseen_examples(with_target(tmp_path), told_anew(suite, before)).held_out == (
        "e0", "e1",
    )  # fmt: skip


@pytest.mark.parametrize("tidied", ["late parcel", "late  parcel", " late parcel\n"])
def test_blanks_that_nobody_needs_make_no_other_example(tmp_path: Path, tidied: str) -> None:
    before = held_out_of(suite_of(tmp_path, ("e0", " late  parcel\n"), *OLD[1:]), ["e0", "e1"])
    found = unseen(tmp_path, ("e0", tidied), *OLD[1:])
    assert found == Unseen(("e0", "e1"), (), 2)
    again = unseen_examples(suite_of(tmp_path, ("e0", tidied), *OLD[1:]), before)
    assert again == Unseen(("e0", "e1"), (), 2)


def test_an_input_that_the_prompt_no_longer_uses_may_go_in_the_next_update(tmp_path: Path) -> None:
    before = held_out_of(with_two(tmp_path, "message", "who"), ["e0", "e1"])
    before = with_failing(with_two(tmp_path, "message", "who"), before, {"e0": 0.5})
    unused = with_two(tmp_path, "message", "who", user="{{message}}")
    assert unseen_examples(unused, before) == Unseen(("e0", "e1"), (), 2)
    updated = told_anew(unused, before)
    assert (updated.names, updated.names_before) == (["message"], [["message", "who"]])
    assert told_anew(unused, updated) == updated
    for rows in (OLD, OLD[1:]):
        now = make_suite(
            tmp_path,
            golden=[{"id": n, "inputs": {"message": t}, "expected": "x"} for n, t in rows],
            prompt={"user": "{{message}}"},
        )
        found = unseen_examples(now, updated)
        assert (found.count, found.later) == (2, ())
        assert found.gone == (() if rows == OLD else (0.5,))
    at_once = unseen_examples(suite_of(tmp_path, *OLD), before)
    assert (at_once.is_lost, at_once.names) == (True, ("message", "who"))


@pytest.mark.parametrize(
    ("user", "kept"),
    [
        ("{{message}}", True),
        ("{{text}}", False),
        ("{{text}} {{message}}", False),
        ("{{copy}}", True),
    ],
)
def test_an_input_that_is_left_in_the_rows_keeps_no_example_held_out(
    tmp_path: Path, user: str, kept: bool
) -> None:
    rows = [
        row | {"inputs": {**row["inputs"], "text": f"easy {row['id']}", "copy": text}}
        for row, (_, text) in zip(told("message"), OLD, strict=True)
    ]
    suite = make_suite(tmp_path, golden=rows, prompt={"user": user})
    found = unseen_examples(suite, known(tmp_path))
    assert (found.held_out, found.later) == (("e0", "e1") if kept else (), () if kept else (
        "e0", "e1",
    ))  # fmt: skip
    assert found.is_lost is not kept


def test_an_input_that_only_the_search_may_use_changes_nothing(tmp_path: Path) -> None:
    suite = make_suite(
        tmp_path,
        golden=told("message", note="x"),
        prompt={"user": "{{instruction}} {{message}}"},
        genome={"instruction": "Extract."},
        search={"instruction": ["Extract.", "Extract from {{note}}."]},
    )
    assert told_anew(suite, known(tmp_path)) == known(tmp_path)
    assert unseen_examples(suite, known(tmp_path)) == Unseen(("e0", "e1"), (), 2)


def by_value(values: list[str]) -> str:
    return canonical_json(sorted(values, key=canonical_json))


@pytest.mark.parametrize("exact", [canonical_json, by_value])
def test_digests_of_values_alone_are_still_known(
    tmp_path: Path, exact: Callable[[list[str]], str]
) -> None:
    """As locks had them: blanks counted, in the order of names; or sorted, whatever the names."""
    suite = with_two(tmp_path, "message", "who", user="{{who}} {{message}}")
    now = held_out_of(suite, ["e0", "e1"])
    old = {
        name: [text_key(each([text, f"who {name}"]))[:16] for each in (exact, normal)]
        for name, text in OLD
    }
    before = now.model_copy(
        update={
            "exact": " ".join(old[name][0] for name in ("e0", "e1")),
            "inputs": " ".join(old[name][1] for name in ("e0", "e1")),
            "searched": " ".join(old[name][1] for name in ("e2", "e3", "e4")),
        }
    )
    assert unseen_examples(suite, before) == Unseen(("e0", "e1"), (), 2)
    assert told_anew(suite, before) == now


def test_what_is_gone_or_edited_has_the_worst_quality_that_was_locked(tmp_path: Path) -> None:
    suite = suite_of(tmp_path, *OLD)
    failing = with_failing(suite, known(tmp_path), {"e0": 0.25, "e2": 0.5})
    assert list(failing.failing.values()) == [0.25]
    assert unseen_examples(suite, failing).gone == ()
    now = suite_of(tmp_path, *OLD[1:])
    assert unseen_examples(now, failing).gone == (0.25,)
    assert with_failing(now, failing, {}) == failing
    assert with_failing(suite, failing, {}) == failing
    assert list(with_failing(suite, failing, {"e0": 0.1}).failing.values()) == [0.1]
    assert with_failing(suite, failing, {"e0": 0.7}) == failing


def test_digests_of_eight_digits_are_still_known(tmp_path: Path) -> None:
    before = HeldOut(ids=["e0"], inputs="8dc9c985", searched="1ef40534 3f2a6dfd")
    found = unseen_examples(suite_of(tmp_path, *OLD), before)
    assert (found.held_out, found.later, found.count) == (("e0",), ("e1", "e2"), 1)


def test_what_earlier_searches_saw_stays_known(tmp_path: Path) -> None:
    first, suite = known(tmp_path), suite_of(tmp_path, *OLD[:2], ("n", OTHERS[0]))
    again = held_out_of(suite, ["e0", "e1"], first.searched.split())
    assert set(again.searched.split()) > set(first.searched.split())
    assert unseen_examples(suite_of(tmp_path, *OLD), again).later == ()
