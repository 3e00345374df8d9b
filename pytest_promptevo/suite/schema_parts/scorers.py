"""Scorers in the schema."""

from __future__ import annotations

import inspect
from typing import Any

from pytest_promptevo.scorers.registry import BUILT_IN, MOST_WEIGHT, OLDER_NAMES
from pytest_promptevo.suite.schema_parts.shapes import TEXT
from pytest_promptevo.suite.told_arguments import told_arguments


def scorer() -> dict[str, Any]:
    """Returns what an entry of ``scorers:`` is; names and options of the user's are free."""
    names = sorted(set(BUILT_IN) - set(OLDER_NAMES.values()))
    named = {name: _options(name) for name in names}
    return {
        "anyOf": [
            {"enum": names},
            TEXT,
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": named,
                "additionalProperties": _options(),
            },
        ]
    }


def _options(name: str = "") -> dict[str, Any]:
    """Returns what options a scorer takes: those of a built-in one are told, and not checked.

    A scorer of the user's may stand in its place.
    """
    parameters = inspect.signature(BUILT_IN[name]).parameters if name else {}
    meanings = told_arguments(BUILT_IN[name]) if name else {}
    told: dict[str, Any] = {
        option: ({"description": meanings[option]} if option in meanings else {})
        | ({} if each.default is each.empty else {"default": each.default})
        for option, each in parameters.items()
    }
    weight = {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": MOST_WEIGHT,
        "default": 1.0,
        "description": "Its weight in the mean.",
    }
    made = {"type": ["object", "null"], "properties": {**told, "weight": weight}}
    summary = (inspect.getdoc(BUILT_IN[name]) or "").split("\n")[0] if name else ""
    return {"description": summary, **made} if summary else made
