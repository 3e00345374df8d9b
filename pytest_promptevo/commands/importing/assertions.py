"""What assertions of promptfoo expect, and the one scorer that a suite can judge all of it by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import shown
from pytest_promptevo.commands.importing.imported import NotTaken
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
_NUMBERED = re.compile(r"\\[1-9k]|\(\?P?<[^=!]")
"""A group that is referred to: it has another number beside other patterns."""


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
    if not isinstance(assertion, dict) or kind not in _SCORERS:
        known = ", ".join(_SCORERS)
        raise NotTaken(f"assertion {shown(kind, 60)} (taken over are {known})")
    if more := sorted(set(assertion) - _TAKEN):
        raise NotTaken(f"assertion {kind} has {more[0]}")
    value = assertion.get("value")
    if isinstance(value, str) and (value.startswith("file://") or "{{" in value):
        raise NotTaken(f"the value of assertion {kind} is made elsewhere: {shown(value, 80)}")
    if kind.endswith("-all"):
        texts = value if isinstance(value, list) else []
        if not texts or not all(isinstance(each, str) for each in texts):
            raise NotTaken(f"assertion {kind} has no list of texts")
        return Expected(_SCORERS[kind], tuple(texts))
    if not isinstance(value, (str, int, float)) and kind != "equals":
        raise NotTaken(f"assertion {kind} has no text as value")
    if isinstance(value, (dict, list)):
        return Expected(FIELDS, (value,))
    return Expected(_SCORERS[kind], (value,))


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
    return Expected(REGEX, ("".join(["\\A", *map(_ahead, parts)]),))


def as_pattern(expected: Expected) -> Expected:
    """Returns the same expectation for the scorer `regex`."""
    if expected.scorer == REGEX:
        return expected
    return Expected(REGEX, (f"\\A{_ahead(expected)}",))


def _ahead(expected: Expected) -> str:
    """Returns patterns that look ahead, from the start of an answer, for what is expected."""
    if expected.scorer == REGEX:
        for value in expected.values:
            if _NUMBERED.search(as_text(value)):
                raise NotTaken("a pattern with named groups or references stands beside others")
    texts = [as_text(value) for value in expected.values]
    if expected.scorer == EXACT:
        return "".join(f"(?=\\s*{re.escape(text.strip())}\\s*\\Z)" for text in texts)
    if expected.scorer == REGEX:
        return "".join(f"(?=[\\s\\S]*?(?:{text}))" for text in texts)
    flags = "?i:" if expected.scorer == CONTAINS else "?:"
    return "".join(f"(?=[\\s\\S]*?({flags}{re.escape(text.strip())}))" for text in texts)
