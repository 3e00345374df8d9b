"""Scorers that compare texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.patterns import compiled_pattern
from pytest_promptevo.base.text import shown
from pytest_promptevo.prompt import as_text
from pytest_promptevo.scorers.base import Judged, Scorer

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Example, Output


EVERY_ANSWER = "nothing is expected, which every answer fits"


def exact_match(*, ignore_case: bool = False) -> Scorer:
    """1 if the output is the expected text, but for white space around it.

    Args:
        ignore_case: Whether upper and lower case are the same.
    """

    def score(output: Output, example: Example) -> Judged:
        expected = as_text(example.expected).strip()
        same = _fold(output.text.strip(), ignore_case) == _fold(expected, ignore_case)
        return Judged(float(same), "" if same else f"expected {shown(expected)}")

    return score


def contains(*, ignore_case: bool = True) -> Scorer:
    """Share of the expected texts (one, or a list) that stand in the output.

    Args:
        ignore_case: Whether upper and lower case are the same.
    """

    def score(output: Output, example: Example) -> Judged:
        given = example.expected if isinstance(example.expected, list) else [example.expected]
        words = [as_text(word).strip() for word in given]
        if not all(words):
            return Judged(0.0, EVERY_ANSWER)
        text = _fold(output.text, ignore_case)
        missing = [word for word in words if _fold(word, ignore_case) not in text]
        share = 1 - len(missing) / len(words) if words else 1.0
        return Judged(share, f"does not contain {shown(missing)}" if missing else "")

    return score


def regex(*, pattern: str = "", ignore_case: bool = False) -> Scorer:
    """1 if the pattern (or the expected value, as a pattern) is found in the output.

    It raises `SlowPattern` where a pattern takes longer than a second for an output.

    Args:
        pattern: What is searched for; the example's ``expected`` if not given.
        ignore_case: Whether upper and lower case are the same.
    """
    fixed = compiled_pattern(pattern, ignore_case=ignore_case) if pattern else None

    def score(output: Output, example: Example) -> Judged:
        try:
            wanted = fixed or compiled_pattern(as_text(example.expected), ignore_case=ignore_case)
        except ValueError as exc:
            return Judged(0.0, f"expected value {exc}")
        if not wanted.pattern:
            return Judged(0.0, EVERY_ANSWER)
        found = wanted.search(output.text)
        return Judged(float(found), "" if found else f"no match for {shown(wanted.pattern)}")

    return score


def label(*, ignore_case: bool = True) -> Scorer:
    """1 if the label is the expected one.

    Args:
        ignore_case: Whether upper and lower case are the same.
    """

    def score(output: Output, example: Example) -> Judged:
        given = output.data if isinstance(output.data, str) else output.text
        expected = as_text(example.expected).strip()
        same = _fold(given.strip(), ignore_case) == _fold(expected, ignore_case)
        return Judged(float(same), "" if same else f"expected {shown(expected)}")

    return score


def _fold(text: str, ignore_case: bool) -> str:
    return text.casefold() if ignore_case else text
