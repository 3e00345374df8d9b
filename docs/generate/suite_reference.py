"""The reference of the suite file, made of its JSON Schema."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Schema = dict[str, Any]

_WORDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "mapping",
    "array": "list",
}
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string"}
"""What a default tells where the schema names no type."""

_FEW = 3
"""An object of so many keys, or fewer, is shown wherever it stands; larger ones once."""


class Row(NamedTuple):
    """A key of the suite file.

    Attributes:
        path: Where it stands: ``golden[].inputs``.
        takes: What may be written there.
        default: What holds if it is left out; empty if the schema does not say.
        meaning: Its description.
        same_as: Where its keys are shown, if they are no others than there.
    """

    path: str
    takes: str
    default: str
    meaning: str
    same_as: str = ""


def suite_reference(schema: Schema) -> str:
    """Returns a section of Markdown for each key at the top of a suite file."""
    shown: dict[str, str] = {}
    parts = []
    for key, part in schema["properties"].items():
        required = " Required." if key in schema.get("required", ()) else ""
        meaning = f"{part.get('description', '')}{required}"
        parts += [f"### `{key}` {{ #key-{key} }}", "", meaning, ""]
        parts += [f"*{_first_up(takes(part))}.*{_default_sentence(part)}", ""]
        rows = list(_rows(part, key, shown))
        if rows:
            parts += [_table(rows), ""]
    return "\n".join(parts)


def takes(part: Schema) -> str:
    """Says in words what a part of the schema lets through."""
    if "enum" in part:
        return ", ".join(f"`{value}`" for value in part["enum"] if value is not None)
    options = [option for option in part.get("anyOf", ()) if option.get("type") != "null"]
    if options:
        return " or ".join(dict.fromkeys(takes(option) for option in options))
    kind = part.get("type")
    if isinstance(kind, list):
        return ", ".join(_WORDS[name] for name in kind if name != "null")
    if kind == "array":
        inner = part.get("items")
        return f"list of ({takes(inner)})" if inner else "list"
    if kind == "object" and not part.get("properties"):
        inner = part.get("additionalProperties")
        return f"mapping of names to ({takes(inner)})" if isinstance(inner, dict) else "mapping"
    if kind is None:
        return _WORDS.get(_KINDS.get(type(part.get("default")), ""), "any value")
    return _WORDS[kind] + _range(part)


def _range(part: Schema) -> str:
    low, high = part.get("minimum"), part.get("maximum")
    above, below = part.get("exclusiveMinimum"), part.get("exclusiveMaximum")
    if above is not None or below is not None:
        least = f"above {above:g}" if above is not None else f"at least {low:g}"
        most = [f"below {below:g}"] if below is not None else []
        most += [f"at most {high:g}"] if high is not None else []
        return ", ".join([f" {least}", *most])
    if low is not None and high is not None and abs(high) < 10**9:
        return f" from {low:,} to {high:,}"
    if low is not None and low > -(10**9):
        return f", at least {low:,}"
    return ""


def _rows(part: Schema, path: str, shown: dict[str, str]) -> Iterator[Row]:
    """Yields the keys below a part, depth first; of equal large objects the first in full."""
    for below, where in _objects(part, path):
        properties: Mapping[str, Schema] = below.get("properties", {})
        key = json.dumps(below, sort_keys=True)
        if len(properties) > _FEW and shown.setdefault(key, where) != where:
            yield Row(where, "", "", "", same_as=shown[key])
            continue
        for name, child in properties.items():
            required = " Required." if name in below.get("required", ()) else ""
            meaning = child.get("description", "") + required
            yield from _with_keys(child, f"{where}.{name}", meaning.strip(), shown)
        others = below.get("additionalProperties")
        if isinstance(others, dict) and properties:
            yield from _with_keys(others, f"{where}.NAME", "Any other name.", shown)


def _with_keys(part: Schema, path: str, meaning: str, shown: dict[str, str]) -> Iterator[Row]:
    """Yields a key, then those below it."""
    below = list(_rows(part, path, shown))
    taken = takes(part)
    for row in below:
        if row.same_as:
            taken += f"; keys as of [`{row.same_as}`](#{_anchor(row.same_as)})"
    yield Row(path, taken, _default(part), meaning)
    yield from (row for row in below if not row.same_as)


def _objects(part: Schema, path: str) -> Iterator[tuple[Schema, str]]:
    """Yields what in a part has keys of its own: the part, items of a list, alternatives."""
    for option in part.get("anyOf", ()):
        yield from _objects(option, path)
    kinds = part.get("type", ())
    if "array" in kinds and "items" in part:
        yield from _objects(part["items"], f"{path}[]")
    if "object" in kinds:
        if part.get("properties"):
            yield part, path
        elif isinstance(part.get("additionalProperties"), dict):
            yield from _objects(part["additionalProperties"], f"{path}.NAME")


def _default(part: Schema) -> str:
    return f"`{json.dumps(part['default'])}`" if part.get("default") is not None else ""


def _default_sentence(part: Schema) -> str:
    default = _default(part)
    return f" If left out: {default}." if default else ""


def _anchor(path: str) -> str:
    return f"key-{path.partition('.')[0].partition('[')[0]}"


def _first_up(text: str) -> str:
    return text[:1].upper() + text[1:]


def _table(rows: list[Row]) -> str:
    lines = ["| key | takes | default | meaning |", "| --- | --- | --- | --- |"]
    lines += [f"| `{row.path}` | {row.takes} | {row.default} | {row.meaning} |" for row in rows]
    return "\n".join(lines)
