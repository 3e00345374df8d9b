from __future__ import annotations

import sys

import pytest

from pytest_promptevo.base.calling import Raised, text_of, users_code


@pytest.mark.parametrize(
    ("raises", "told"),
    [
        (lambda: pytest.skip("not today"), "Skipped: not today"),
        (lambda: pytest.fail("no"), "Failed: no"),
        (lambda: pytest.xfail("known"), "XFailed: known"),
        (lambda: pytest.exit("done"), "Exit: done"),
        (lambda: sys.exit(3), "SystemExit: 3"),
        (lambda: int("\x1b"), r"ValueError: invalid literal for int() with base 10: '\x1b'"),
        (lambda: next(iter(())), "StopIteration: "),
    ],
)
def test_whatever_is_raised_is_an_error_with_its_name(raises, told) -> None:
    with pytest.raises(Raised) as caught, users_code():
        raises()
    assert str(caught.value) == told


def test_an_error_whose_text_cannot_be_had_is_told_all_the_same() -> None:
    class Broken(Exception):
        def __str__(self) -> str:
            raise ZeroDivisionError

    Broken.__name__ = "Bro\x1bken"
    with pytest.raises(Raised) as caught, users_code():
        raise Broken
    assert str(caught.value) == r"Bro\x1bken: (its text cannot be had: ZeroDivisionError)"


def test_an_error_whose_text_ends_the_program_is_told_all_the_same() -> None:
    class Broken(ValueError):
        def __str__(self) -> str:
            raise SystemExit(3)

    with pytest.raises(Raised) as caught, users_code():
        raise Broken
    assert str(caught.value) == "Broken: (its text cannot be had: SystemExit)"
    assert text_of(Broken()) == "(its text cannot be had: SystemExit)"


def test_the_text_of_an_error_is_bounded() -> None:
    with pytest.raises(Raised) as caught, users_code():
        raise ValueError("x" * 1_000_000)
    assert len(str(caught.value)) <= 10_000
    assert len(text_of(ValueError("x" * 1_000_000))) <= 10_000


def test_an_interrupt_passes() -> None:
    with pytest.raises(KeyboardInterrupt), users_code():
        raise KeyboardInterrupt
