"""What of a JSON Schema is refused before it is compiled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.patterns import SECONDS, SlowPattern, compiled_pattern
from pytest_promptevo.base.text import shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 20_000
"""Parts of a schema, as `check_size` counts them: compiling takes time by their number."""

_DATA = frozenset({"const", "default", "enum", "examples"})
"""Keywords whose values are data and no schemas."""


def leaves(uri: str) -> str:
    """Returns what is wrong with a reference that is not to a part of its own schema."""
    return f"a $ref must stay in the schema and begin with '#': {shorten(uri, 100)}"


def check_references(definition: Any) -> None:
    """Refuses references out of the schema, wherever they stand."""
    pending = [definition]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str) and not reference.startswith("#"):
                raise ValueError(leaves(reference))
            pending += part.values()
        elif isinstance(part, list):
            pending += part


def check_size(definition: Any) -> None:
    """Refuses schemas whose compiling would take seconds.

    The weights are what the compiler takes for each, roughly: names are written out with those
    above them, and of ``dependencies`` each looks at all.
    """
    pending: list[tuple[Any, int, bool]] = [(definition, 0, False)]
    weight = 0
    while pending:
        part, length, is_dependency = pending.pop()
        weight += 1 + length // 500
        if isinstance(part, dict):
            weight += 3
            pending += (
                (value, length + len(name), name == "dependencies") for name, value in part.items()
            )
        elif isinstance(part, list):
            pending += ((value, length, False) for value in part)
        elif isinstance(part, bool):
            weight += 3
        if is_dependency and isinstance(part, dict):
            weight += 200 * len(part)
        if weight > _LARGEST:
            raise ValueError(
                f"more than {_LARGEST:,} parts in it (an object counts as four), and that many "
                "take seconds to be compiled"
            )


def patterns_in(definition: Any) -> set[str]:
    """Returns all patterns of a schema; refuses what no answer could be checked by."""
    found: set[str] = set()
    end = time.monotonic() + SECONDS
    for part in _schemas_in(definition):
        divisor = part.get("multipleOf")
        if isinstance(divisor, (int, float)) and not divisor > 0:
            raise ValueError(f"multipleOf must be above 0, not {divisor!r}")
        if isinstance(pattern := part.get("pattern"), str):
            found.add(pattern)
        if isinstance(by_pattern := part.get("patternProperties"), dict):
            found |= set(by_pattern)
            # The compiler tries these, without a limit of time.
            _try(by_pattern, part.get("required"), end)
    for pattern in found:
        compiled_pattern(pattern)
    return found


def _try(patterns: dict[str, Any], names: Any, end: float) -> None:
    """Refuses patterns that take too long for the names, one of them or all together."""
    for name in names if isinstance(names, list) else ():
        for pattern in patterns:
            try:
                compiled_pattern(pattern).search(str(name))
            except SlowPattern as exc:
                raise ValueError(str(exc)) from None
            if time.monotonic() > end:
                raise ValueError(
                    f"its {len(patterns):,} patternProperties take too long for the "
                    f"{len(names):,} names that it requires"
                )


def _schemas_in(definition: Any) -> Iterator[dict[str, Any]]:
    pending = [definition]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            yield part
            pending += [value for key, value in part.items() if key not in _DATA]
        elif isinstance(part, list):
            pending += part
