"""Scorers that compare numbers and JSON values."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.base.text import shown
from pytest_promptevo.scorers.base import Judged, Scorer

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Example, Output

_NUMBER = re.compile(r"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|-?\.\d+")


def numeric(*, rel_tol: float = 1e-9, abs_tol: float = 0.0) -> Scorer:
    """1 if the first number of the output is the expected one, within the tolerances.

    Currency signs, units and thousands separators (``1,299.00``) do not count.

    Args:
        rel_tol: By which share of the larger number it may be off.
        abs_tol: By how much it may be off.
    """
    for name, value in (("rel_tol", rel_tol), ("abs_tol", abs_tol)):
        if not is_number(value):
            raise ValueError(f"{name} must be a number, not {shown(value)}")
    if rel_tol < 0 or abs_tol < 0:
        raise ValueError("tolerances must not be negative")

    def score(output: Output, example: Example) -> Judged:
        try:
            expected, found = number_in(example.expected), number_in(output.data)
        except OverflowError:
            return Judged(0.0, "a number is too large to be compared")
        if expected is None:
            return Judged(0.0, f"expected value {shown(example.expected)} is not a number")
        if found is None:
            return Judged(0.0, "no number in the output")
        same = math.isclose(found, expected, rel_tol=rel_tol, abs_tol=abs_tol)
        return Judged(float(same), "" if same else f"{found:g}, expected {expected:g}")

    return score


def number_in(value: Any) -> float | None:
    """Returns a number, or the first number in a text, or None.

    Raises:
        OverflowError: for a number that no float can hold.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _finite(float(value))
    found = _NUMBER.search(value) if isinstance(value, str) else None
    return _finite(float(found[0].replace(",", ""))) if found else None


def _finite(number: float) -> float:
    if math.isinf(number):  # two such are the same to Python, whatever was written
        raise OverflowError
    return number


def expected_fields(*, fields: list[str] | None = None, ignore_case: bool = False) -> Scorer:
    """Share of the expected fields that the output has right (an invalid output has 0).

    Args:
        fields: Compare these fields only; all expected ones if not given.
        ignore_case: Whether texts may differ in case.
    """

    if fields is not None and not _is_list_of_texts(fields):
        raise ValueError(f"fields must be a list of names, not {fields!r}")

    def same(found: Any, expected: Any) -> bool:
        if isinstance(found, str) and isinstance(expected, str):
            pair = (found.strip(), expected.strip())
            return pair[0].casefold() == pair[1].casefold() if ignore_case else pair[0] == pair[1]
        if isinstance(found, bool) or isinstance(expected, bool):
            return found is expected
        return bool(found == expected)

    def score(output: Output, example: Example) -> Judged:
        expected = example.expected
        if not isinstance(expected, dict) or not (fields or expected):
            right = same(output.data, expected)
            return Judged(float(right), "" if right else f"expected {shown(expected)}")
        names = fields or list(expected)
        data = output.data if isinstance(output.data, dict) else {}
        wrong = [
            name for name in names if name not in data or not same(data[name], expected.get(name))
        ]
        reason = ", ".join(f"{name}: expected {shown(expected.get(name))}" for name in wrong)
        return Judged(1 - len(wrong) / len(names), reason)

    return score


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
