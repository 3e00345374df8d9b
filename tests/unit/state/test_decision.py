from __future__ import annotations

import quick_hypothesis  # noqa: F401
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.state.decision import Sealer, parse_decision, point_of, start_of

SEALER = Sealer(b"k" * 32, "orders")
ARM = "0123456789abcdef"


def made(unit: str = "") -> str:
    return SEALER.decide(start_of("aabbccdd", 12, ARM), 1_700_000_000, "f" * 16, unit)


def test_an_id_carries_the_facts() -> None:
    told = parse_decision(made())
    assert told is not None
    assert told == (made(), "aabbccdd", 12, ARM, 1_700_000_000, "")


def test_an_id_carries_the_hash_of_its_unit() -> None:
    unit = SEALER.unit_hash("aabbccdd", "user 7")
    told = parse_decision(made(unit))
    assert told is not None
    assert told.unit == unit
    assert SEALER.is_sealed(told.text)


@given(st.integers(0, 200), st.sampled_from("0123456789abcdef-."))
def test_an_id_that_was_changed_anywhere_is_not_sealed(place: int, letter: str) -> None:
    text = made()
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]
    assert (parse_decision(changed) is not None and SEALER.is_sealed(changed)) == (changed == text)


def test_an_id_is_of_one_suite_and_one_store() -> None:
    assert SEALER.is_sealed(made())
    assert not Sealer(b"k" * 32, "other").is_sealed(made())
    assert not Sealer(b"j" * 32, "orders").is_sealed(made())


@given(st.text() | st.none() | st.integers() | st.binary())
def test_what_is_no_id_says_nothing(junk: object) -> None:
    assert parse_decision(junk) is None


@given(st.integers(0, 2**64 - 1))
def test_points_are_below_one(number: int) -> None:
    assert 0 <= point_of(f"{number:016x}") < 1


def test_units_with_odd_letters_have_a_hash() -> None:
    hashes = {SEALER.unit_hash("aabbccdd", unit) for unit in ("", "\ud800", "a\nb", "é", "a")}
    assert len(hashes) == 5
