"""What a proposer's answer must look like, and what is taken from it."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from pytest_promptevo.base.text import shorten

DIAGNOSIS, TEXT = "diagnosis", "new_text"
"""The slots of an answer."""

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {DIAGNOSIS: {"type": "string"}, TEXT: {"type": "string"}},
    "required": [DIAGNOSIS, TEXT],
    "additionalProperties": False,
}
"""What an engine that can is held to."""

_LONGEST_DIAGNOSIS = 200
_TAG = re.compile(
    rf"</?(?:{DIAGNOSIS}|{TEXT}|task|text|other_text|answers|failure|works|example|input|answered|"
    r"expected)>"
)


class Slots(NamedTuple):
    """A filled form.

    Attributes:
        diagnosis: What is wrong with the text, on one line.
        text: The new text.
    """

    diagnosis: str
    text: str


def written(slots: Slots, *, as_json: bool) -> str:
    """Returns a filled form as a model is to write it."""
    if as_json:
        return json.dumps({DIAGNOSIS: slots.diagnosis, TEXT: slots.text}, ensure_ascii=False)
    return f"<{DIAGNOSIS}>{slots.diagnosis}</{DIAGNOSIS}>\n<{TEXT}>{slots.text}</{TEXT}>"


def read(answer: str, *, as_json: bool) -> Slots:
    """Reads a form; what stands beside the slots is nothing.

    Raises:
        ValueError: if the slot of the text is missing, empty, or does not end.
    """
    diagnosis, text = _from_json(answer) if as_json else _from_tags(answer)
    if not text.strip():
        raise ValueError("the answer has no new text")
    if _TAG.search(text):
        raise ValueError("the new text has tags of the form in it")
    return Slots(shorten(" ".join(diagnosis.split()), _LONGEST_DIAGNOSIS), text.strip())


def _from_tags(answer: str) -> tuple[str, str]:
    text, rest = _slot(TEXT, answer)
    if text is None or _slot(TEXT, rest)[0] is not None:
        raise ValueError("the answer does not fill the form once")
    return _slot(DIAGNOSIS, answer)[0] or "", text


def _slot(name: str, answer: str) -> tuple[str | None, str]:
    """Returns what stands in the first slot of a name, if it ends, and what comes after it."""
    _, _, opened = answer.partition(f"<{name}>")
    text, end, rest = opened.partition(f"</{name}>")
    return (text, rest) if end else (None, "")


def _from_json(answer: str) -> tuple[str, str]:
    try:
        data = json.loads(answer)
    except (ValueError, RecursionError):
        raise ValueError("the answer is not the JSON that was asked for") from None
    found = data if isinstance(data, dict) else {}
    diagnosis, text = found.get(DIAGNOSIS), found.get(TEXT)
    if not isinstance(diagnosis, str) or not isinstance(text, str):
        raise ValueError("the answer does not fill the form")
    return diagnosis, text
