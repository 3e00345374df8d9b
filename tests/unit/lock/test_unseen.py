from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.lock import HeldOut, Unseen, input_digests, unseen_examples
from unit.support import make_entry, make_suite

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.lock import Entry
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
    entry = entry_of(suite_of(path, *OLD), "e0", "e1")
    return unseen_examples(suite_of(path, *rows, expected=expected), entry)


def entry_of(suite: Suite, *ids: str) -> Entry:
    held_out = HeldOut(
        ids=list(ids),
        inputs=input_digests(example for example in suite.examples if example.id in ids),
        searched=input_digests(example for example in suite.examples if example.id not in ids),
    )
    return make_entry(held_out=held_out)


def test_what_was_held_out_is_unseen(tmp_path: Path) -> None:
    assert unseen(tmp_path, *OLD) == Unseen(("e0", "e1"), (), 2)


def test_nothing_is_unseen_where_nothing_was_held_out(tmp_path: Path) -> None:
    found = unseen_examples(suite_of(tmp_path, *OLD), make_entry())
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
