"""Malformed files of committed recordings."""

from __future__ import annotations

import json
from typing import Any

from .valid import RECORDINGS, Case

ROWS = RECORDINGS.splitlines(keepends=True)


def row(said: str, **changes: Any) -> Case:
    """Adds a row with some parts changed; a part that is ``...`` is left out."""
    whole = {**json.loads(ROWS[0]), "example": "o-9", **changes}
    text = json.dumps({name: each for name, each in whole.items() if each is not ...})
    return Case(f"{RECORDINGS}{text}\n", said, 5)


def after(text: str, said: str) -> Case:
    """Adds a text to the valid file."""
    return Case(f"{RECORDINGS}{text}\n", said, 5)


def other(line: str) -> str:
    """Returns a line with another answer; one that stands twice as it is counts once."""
    return json.dumps({**json.loads(line), "text": "another"}) + "\n"


CASES = [
    Case("{", "not a recording: Invalid JSON", 1),
    Case("text", "not a recording: Invalid JSON", 1),
    Case(b"\xff", "not UTF-8 text", 1),
    Case(RECORDINGS.encode() + b'{"text": "\xe9"}', "not UTF-8 text", 5),
    Case(RECORDINGS[:-9], "not a recording: Invalid JSON", 4),
    Case("".join(ROWS[1:]), "attempt 1 of 'o-1' is out of order or stands twice", 1),
    Case("".join([other(ROWS[0]), *ROWS]), "attempt 0 of 'o-1' is out of order or stands twice", 2),
    Case("".join([ROWS[1], ROWS[0]]), "attempt 1 of 'o-1' is out of order", 1),
    Case("".join([ROWS[0], ROWS[2], other(ROWS[2])]), "attempt 0 of 'o-2' is out of order", 3),
    Case(f"<<<<<<< HEAD\n{RECORDINGS}", "merge-conflict marker", 1),
    after("=======", "merge-conflict marker"),
    after(">>>>>>> other", "merge-conflict marker"),
    after("{}", "not a recording: example: Field required"),
    after("[]", "not a recording: Input should be an object"),
    after("null", "not a recording: Input should be an object"),
    after("7", "not a recording: Input should be an object"),
    after('"text"', "not a recording: Input should be an object"),
    after("{'a': 1}", "not a recording: Invalid JSON"),
    after(ROWS[3].strip() + ",", "not a recording: Invalid JSON"),
    after(ROWS[3].strip() * 2, "not a recording: Invalid JSON"),
    after('{"example": "\\ud800"}', "not a recording: Invalid JSON"),
    after("[" * 3000, "not a recording: Invalid JSON"),
    *(
        row(f"not a recording: {name}: Field required", **{name: ...})
        for name in json.loads(ROWS[0])
        if name != "golden"
    ),
    row("golden: Input should be a valid string", golden=7),
    row("example: Input should be a valid string", example=7),
    row("attempt: Input should be a valid integer", attempt="0"),
    row("attempt: Input should be greater than or equal to 0", attempt=-1),
    row("attempt 1 of 'o-9' is out of order or stands twice", attempt=1),
    row("text: Input should be a valid string", text=None),
    row("text: Input should be a valid string", text=["a"]),
    row("finish: Input should be 'stop' or 'length'", finish="error"),
    row("finish: Input should be 'stop' or 'length'", finish=None),
    row("max_tokens: Input should be a valid integer", max_tokens="32"),
    row("max_tokens: Input should be a valid integer", max_tokens=1.5),
    row("max_tokens: Input should be greater than or equal to 0", max_tokens=-1),
    row("prompt_tokens: Input should be a valid integer", prompt_tokens=True),
    row("prompt_tokens: Input should be greater than or equal to 0", prompt_tokens=-1),
    row("completion_tokens: Input should be a valid integer", completion_tokens=None),
    row("latency_ms: Input should be a valid number", latency_ms="12"),
    row("latency_ms: Input should be greater than or equal to 0", latency_ms=-0.5),
    row("latency_ms: Input should be a finite number", latency_ms=float("nan")),
    row("latency_ms: Input should be a finite number", latency_ms=float("inf")),
    row("key: Input should be a valid string", key=1),
    row("messages: Input should be a valid string", messages={}),
    row("params: Input should be a valid string", params=None),
    row("model: Input should be a valid string", model=7),
    *(
        row("not a recording: the key is not that of its model, messages and params", **changed)
        for changed in ({"key": "k1"}, {"messages": "m"}, {"params": "p"}, {"model": "sha256:2"})
    ),
    row("not a recording: another answer to the same request stands above", text="12"),
    row("not a recording: another answer to the same request stands above", latency_ms=1.0),
    row("'o-1' has another golden digest above", example="o-1", attempt=2, golden="sha256:5"),
    row("prompt_tokens is not within 0 and 1,000,000,000", prompt_tokens=10**30),
    row("completion_tokens is not within 0 and 1,000,000,000", completion_tokens=10**9 + 1),
    row("latency_ms is not within 0 and 1,000,000,000", latency_ms=1e300),
    row("max_tokens is not within 0 and 1,000,000,000", max_tokens=2**63),
    row("cached_tokens (6) are more than prompt_tokens", cached_tokens=6),
    row("unknown key 'headers'", headers={"authorization": "x"}),
]
