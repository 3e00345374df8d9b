"""Numbers of options and settings that are longer than anything can use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.project.settings import (
    read_audit,
    read_budget,
    read_max_examples,
    read_number,
    read_repeats,
    read_seed,
)

if TYPE_CHECKING:
    from collections.abc import Callable

LONG = "9" * 5000


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (read_repeats, LONG),
        (read_seed, LONG),
        (read_budget, LONG),
        (read_budget, f"{LONG}h"),
        (read_budget, "1" * 400),
        (read_audit, "0" * 5000),
        (read_max_examples, "0" * 5000),
    ],
)
def test_a_number_of_thousands_of_digits_is_refused_in_a_line(
    read: Callable[[str], Any], text: str
) -> None:
    with pytest.raises(SettingsError) as info:
        read(text)
    assert len(str(info.value)) < 300


@pytest.mark.parametrize("read", [read_audit, read_max_examples])
def test_more_than_there_can_be_is_all(read: Callable[[str], int]) -> None:
    assert read(LONG) > 10**9


def test_zeros_in_front_are_none_of_its_digits() -> None:
    numbers = [read_max_examples, read_audit, read_repeats, read_seed]
    assert [read("0" * 5000 + "7") for read in numbers] == [7, 7, 7, 7]


@pytest.mark.parametrize("text", ["1e308", "1e10", "inf", "nan", LONG, "0"])
def test_seconds_that_no_system_can_wait_for_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"is not a number from 0\.001 to 1,000,000,000"):
        read_number("promptevo_timeout", text, 0.001)
