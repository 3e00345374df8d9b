"""Shapes that several parts of the schema have, and what pydantic makes without references."""

from __future__ import annotations

from typing import Any

from pytest_promptevo.suite.golden import ExampleRow

TEXT = {"type": "string"}


FLAG = {"type": "boolean"}


SCALAR = {"type": ["string", "number", "boolean"]}


_ID = r"^(?!.*::)[^\s\x00-\x1f\x7f\[\]]{1,100}$"
"""What the id of an example looks like, for editors: those of other languages know ``\\s``, too."""


_FIRST = ("description", "type", "enum", "anyOf", "pattern")


def described(part: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """Returns a part with its description alone, and what is said anew of it."""
    kept = {"description": part["description"], **changed}
    return {name: value for name, value in kept.items() if value is not None}


def examples() -> dict[str, Any]:
    """Returns what a list of golden examples is."""
    row: dict[str, Any] = whole(ExampleRow.model_json_schema())
    kinds = row["properties"]["id"]["anyOf"]
    row["properties"]["id"]["anyOf"] = [
        {**kind, "pattern": _ID} if kind.get("type") == "string" else kind for kind in kinds
    ]
    return {"type": "array", "minItems": 1, "items": row}


def whole(schema: dict[str, Any]) -> dict[str, Any]:
    """Returns a schema of pydantic without references and titles: the same in all its versions."""
    made: dict[str, Any] = _inlined(schema, schema.get("$defs", {}))
    return made


def _inlined(part: Any, models: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(each, models) for each in part]
    if not isinstance(part, dict):
        return part
    part = dict(part)
    if len(part.get("allOf", ())) == 1:
        part = {**part.pop("allOf")[0], **part}
    if reference := part.pop("$ref", ""):
        model = models[reference.rpartition("/")[2]]
        part = {**{name: each for name, each in model.items() if name != "description"}, **part}
    made = {}
    for name, value in part.items():
        if name == "properties":
            made[name] = {each: _inlined(inner, models) for each, inner in value.items()}
        elif name not in ("title", "$defs") and not (
            name == "default" and (value is None or isinstance(value, (dict, list)))
        ):
            made[name] = value if name == "default" else _inlined(value, models)
    return {name: made[name] for name in sorted(made, key=_order)}


def _order(name: str) -> tuple[int, str]:
    return (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)
