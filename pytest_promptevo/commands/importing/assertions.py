"""What assertions of promptfoo expect, and the one scorer that a suite can judge all of it by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.patterns import compiled_pattern
from pytest_promptevo.base.text import shown
from pytest_promptevo.commands.importing.imported import NotTaken, made_elsewhere
from pytest_promptevo.prompt import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

EXACT, CONTAINS, REGEX, FIELDS = "exact_match", "contains", "regex", "fields"
AS_WRITTEN = "{contains: {ignore_case: false}}"

_SCORERS = {
    "equals": EXACT,
    "contains": AS_WRITTEN,
    "icontains": CONTAINS,
    "contains-all": AS_WRITTEN,
    "icontains-all": CONTAINS,
    "regex": REGEX,
}
_TAKEN = {"type", "value", "metric"}  # a metric is a name for figures, and judges nothing
_NOT_BESIDE = re.compile(r"\\[1-9k]|\(\?P?<[^=!]|\(\?[A-Za-z]+\)")
"""What means something else beside other patterns: a group that is referred to, as it gets
another number, and flags, which hold for the whole."""


@dataclass(frozen=True)
class Expected:
    """What a test expects.

    Attributes:
        scorer: The scorer that judges each value.
        values: What must all hold.
    """

    scorer: str
    values: tuple[Any, ...]

    @property
    def plain(self) -> Any:
        """The expected value of a golden example for that scorer."""
        return self.values[0] if len(self.values) == 1 else list(self.values)


def expected_of(assertion: Any) -> Expected:
    """Returns what an assertion expects.

    Raises:
        NotTaken: if no scorer knows it.
    """
    kind = assertion.get("type") if isinstance(assertion, dict) else assertion
    if not isinstance(assertion, dict) or not isinstance(kind, str) or kind not in _SCORERS:
        known = ", ".join(_SCORERS)
        raise NotTaken(f"assertion {shown(kind, 60)} (taken over are {known})")
    if more := sorted(set(assertion) - _TAKEN):
        raise NotTaken(f"assertion {kind} has {more[0]}")
    value = assertion.get("value")
    if elsewhere := made_elsewhere(value):
        raise NotTaken(f"the value of assertion {kind} is made elsewhere: {shown(elsewhere, 80)}")
    if value is None or value == {}:
        raise NotTaken(f"assertion {kind} has no value")
    if kind.endswith("-all"):
        texts = value if isinstance(value, list) else []
        if not texts or not all(isinstance(each, str) for each in texts):
            raise NotTaken(f"assertion {kind} has no list of texts")
        return Expected(_SCORERS[kind], tuple(map(_telling, texts)))
    if kind == "regex":
        return Expected(REGEX, (_pattern(_telling(value)),))
    if kind != "equals":
        return Expected(_SCORERS[kind], (_telling(value),))
    if isinstance(value, (dict, list)):
        return Expected(FIELDS, (value,))
    return Expected(_SCORERS[kind], (value,))


def _telling(value: Any) -> Any:
    """Returns what is searched for in an answer; every answer holds an empty text."""
    if not isinstance(value, (str, int, float)):
        raise NotTaken("an assertion has no text as value")
    if not as_text(value).strip():
        raise NotTaken("an assertion holds of every answer, for its text is empty")
    return value


def _pattern(value: Any) -> Any:
    """Returns what Python reads as a pattern."""
    try:
        compiled_pattern(as_text(value))
    except ValueError as exc:
        raise NotTaken(f"the value of assertion regex {exc}") from None
    return value


def together(parts: Sequence[Expected]) -> Expected:
    """Returns what a test expects that has several assertions, which must all hold.

    Raises:
        NotTaken: if no scorer can judge them together.
    """
    scorers = {part.scorer for part in parts}
    if len(parts) == 1:
        return parts[0]
    if len(scorers) == 1 and scorers < {CONTAINS, AS_WRITTEN}:
        return Expected(scorers.pop(), tuple(value for part in parts for value in part.values))
    if FIELDS in scorers:
        raise NotTaken(f"a test has {len(parts)} assertions, one of which expects an object")
    return Expected(REGEX, (_pattern("".join(["\\A", *map(_ahead, parts)])),))


def as_pattern(expected: Expected) -> Expected:
    """Returns the same expectation for the scorer `regex`."""
    if expected.scorer == REGEX:
        return expected
    return Expected(REGEX, (_pattern(f"\\A{_ahead(expected)}"),))


def _ahead(expected: Expected) -> str:
    """Returns patterns that look ahead, from the start of an answer, for what is expected."""
    if expected.scorer == REGEX:
        for value in expected.values:
            if _NOT_BESIDE.search(as_text(value)):
                raise NotTaken(
                    "a pattern with named groups, references or flags stands beside others"
                )
    texts = [as_text(value) for value in expected.values]
    if expected.scorer == EXACT:
        return "".join(f"(?=\\s*{re.escape(text.strip())}\\s*\\Z)" for text in texts)
    if expected.scorer == REGEX:
        return "".join(f"(?=[\\s\\S]*?(?:{text}))" for text in texts)
    flags = "?i:" if expected.scorer == CONTAINS else "?:"
    return "".join(f"(?=[\\s\\S]*?({flags}{re.escape(text.strip())}))" for text in texts)
