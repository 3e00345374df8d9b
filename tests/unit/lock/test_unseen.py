from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.lock import HeldOut, unseen_examples
from unit.support import make_entry, make_suite

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.suite import Suite

TEXTS = ["late parcel", "wrong size", "refund please", "cannot log in", "broken zip"]
OTHERS = ["where is my invoice", "change the address", "do you ship to Norway"]


def golden(*rows: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"id": name, "inputs": {"message": text}, "expected": "x"} for name, text in rows]


OLD = [(f"e{index}", text) for index, text in enumerate(TEXTS)]


def unseen(path: Path, *rows: tuple[str, str], digests: bool = True) -> list[str]:
    """Returns what a search that held out e0 and e1 never saw of these examples."""
    before = make_suite(path, golden=golden(*OLD))
    known = {example.id: example.fingerprint for example in before.examples}
    return unseen_examples(suite_of(path, *rows), entry_of("e0", "e1"), known if digests else {})


def suite_of(path: Path, *rows: tuple[str, str]) -> Suite:
    return make_suite(path, golden=golden(*rows))


def entry_of(*held_out: str) -> Entry:
    figures = make_entry().figures["after"]
    return make_entry(held_out=HeldOut(ids=list(held_out), after=figures) if held_out else None)


def test_what_was_held_out_is_unseen(tmp_path: Path) -> None:
    assert unseen(tmp_path, *OLD) == ["e0", "e1"]


def test_nothing_is_unseen_where_nothing_was_held_out(tmp_path: Path) -> None:
    assert unseen_examples(suite_of(tmp_path, *OLD), entry_of(), {}) == []


def test_what_came_later_is_unseen(tmp_path: Path) -> None:
    assert unseen(tmp_path, *OLD, ("n", OTHERS[0])) == ["e0", "e1", "n"]


def test_what_is_nearly_what_the_search_saw_is_not(tmp_path: Path) -> None:
    rows = [("n", "Refund, please!"), ("m", "Late parcel!")]
    assert unseen(tmp_path, *OLD, *rows) == ["e0", "e1", "m"]


def test_what_the_search_saw_stays_seen_when_it_is_edited(tmp_path: Path) -> None:
    assert unseen(tmp_path, *OLD[:4], ("e4", OTHERS[1])) == ["e0", "e1"]


def test_what_was_held_out_stays_unseen_when_it_is_edited(tmp_path: Path) -> None:
    assert unseen(tmp_path, ("e0", OTHERS[1]), *OLD[1:]) == ["e0", "e1"]


def test_another_id_hides_nothing_that_the_search_saw(tmp_path: Path) -> None:
    renamed = [(f"r{index}", text) for index, text in enumerate(TEXTS)]
    assert unseen(tmp_path, *renamed) == ["r0", "r1"]
    swapped = [("e0", TEXTS[3]), OLD[1], OLD[2], ("e3", TEXTS[0]), OLD[4]]
    assert unseen(tmp_path, *swapped) == ["e1"]


def test_without_digests_only_what_was_held_out_is_unseen(tmp_path: Path) -> None:
    rows = [*OLD[1:], ("n", OTHERS[2])]
    assert unseen(tmp_path, *rows, digests=False) == ["e1"]
