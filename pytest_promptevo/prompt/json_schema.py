"""JSON Schema, checked by a compiled function."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.patterns import SlowPattern, compiled_pattern
from pytest_promptevo.base.text import shorten

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LARGEST = 5000
"""Objects in a schema: compiling takes time by their number."""

_DATA = frozenset({"const", "default", "enum", "examples"})
"""Keywords whose values are data and no schemas."""


class _NoHandlers(dict[str, Any]):
    """Handlers of references that refuse each of them, whatever its scheme."""

    def __contains__(self, scheme: object) -> bool:
        return True

    def __missing__(self, scheme: str) -> Callable[[str], Any]:
        def refuse(uri: str) -> Any:
            raise ValueError(_leaves(uri))

        return refuse


@lru_cache(maxsize=64)
def compiled(schema: str) -> Callable[[Any], str]:
    """Returns a function that says what is wrong with JSON data, or an empty text.

    It raises `SlowPattern` where a pattern of the schema takes too long for a text.

    Args:
        schema: The JSON Schema as JSON text; references must not leave it.

    Raises:
        ValueError: if it is not a usable schema.
    """
    import fastjsonschema

    definition = json.loads(schema)
    _check_references(definition)
    patterns = _patterns_in(definition)
    try:
        validate = fastjsonschema.compile(definition, handlers=_NoHandlers())
    except ValueError:
        raise
    # The compiler lets Attribute-, Key- and TypeErrors of a bad schema out.
    except Exception as exc:
        raise ValueError(f"not a JSON Schema: {shorten(str(exc), 300)}") from None
    # What the compiled function searches with: ours give up after a time.
    known = validate.__globals__["REGEX_PATTERNS"]
    for name in patterns & set(known):  # the compiler writes \Z for the $ of a pattern
        known[name] = compiled_pattern(known[name].pattern, written=name)

    def check(data: Any) -> str:
        try:
            validate(data)
        except fastjsonschema.JsonSchemaValueException as exc:
            return str(exc.message)
        except SlowPattern:
            raise
        except Exception as exc:  # numbers without end, and what else JSON can hold
            return f"cannot be checked: {type(exc).__name__}: {shorten(str(exc), 300)}"
        return ""

    return check


def _leaves(uri: str) -> str:
    return f"a $ref must stay in the schema and begin with '#': {shorten(uri, 100)}"


def _check_references(definition: Any) -> None:
    """Refuses references out of the schema, wherever they stand, and schemas without end."""
    pending, count = [definition], 0
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            count += 1
            reference = part.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#"):
                raise ValueError(_leaves(reference))
            pending += part.values()
        elif isinstance(part, list):
            pending += part
    if count > _LARGEST:
        raise ValueError(f"{count:,} objects in it, and at most {_LARGEST:,} are compiled")


def _patterns_in(definition: Any) -> set[str]:
    """Returns all patterns of a schema; refuses what no answer could be checked by."""
    found: set[str] = set()
    for part in _schemas_in(definition):
        divisor = part.get("multipleOf")
        if isinstance(divisor, (int, float)) and not divisor > 0:
            raise ValueError(f"multipleOf must be above 0, not {divisor!r}")
        if isinstance(pattern := part.get("pattern"), str):
            found.add(pattern)
        if isinstance(by_pattern := part.get("patternProperties"), dict):
            found |= set(by_pattern)
            # The compiler tries these, without a limit of time.
            _try(by_pattern, part.get("required"))
    for pattern in found:
        compiled_pattern(pattern)
    return found


def _try(patterns: dict[str, Any], names: Any) -> None:
    for name in names if isinstance(names, list) else ():
        for pattern in patterns:
            try:
                compiled_pattern(pattern).search(str(name))
            except SlowPattern as exc:
                raise ValueError(str(exc)) from None


def _schemas_in(definition: Any) -> Iterator[dict[str, Any]]:
    pending = [definition]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            yield part
            pending += [value for key, value in part.items() if key not in _DATA]
        elif isinstance(part, list):
            pending += part
