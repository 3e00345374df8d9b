"""JSON Schema, checked by a compiled function."""

from __future__ import annotations

import json
import threading
import time
from functools import lru_cache, wraps
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.patterns import SECONDS, SlowPattern, compiled_pattern
from pytest_promptevo.base.text import shorten
from pytest_promptevo.prompt.schema_checks import (
    check_references,
    check_size,
    leaves,
    patterns_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_LONGEST_PATTERN = 1000
"""Letters of an answer that is to be a pattern itself (``format: regex``)."""


def _is_pattern(text: str) -> bool:
    if len(text) > _LONGEST_PATTERN:
        return False
    try:
        compiled_pattern(text)
    except ValueError:
        return False
    return True


_FORMATS = {"regex": _is_pattern}
"""Formats that the compiler checks by functions of ours: it has no limit of time."""


class _NoHandlers(dict[str, Any]):
    """Handlers of references that refuse each of them, whatever its scheme."""

    def __contains__(self, scheme: object) -> bool:
        return True

    def __missing__(self, scheme: str) -> Callable[[str], Any]:
        def refuse(uri: str) -> Any:
            raise ValueError(leaves(uri))

        return refuse


@lru_cache(maxsize=64)
def compiled(schema: str) -> Callable[[Any], str]:
    """Returns a function that says what is wrong with JSON data, or an empty text.

    It raises `SlowPattern` where a pattern of the schema takes too long for a text. Data for
    which the schema as a whole takes too long (one that names itself twice asks twice as much
    for each level of the data) count as wrong.

    Args:
        schema: The JSON Schema as JSON text; references must not leave it.

    Raises:
        ValueError: if it is not a usable schema.
    """
    import fastjsonschema

    definition = json.loads(schema)
    check_references(definition)
    check_size(definition)
    patterns = patterns_in(definition)
    try:
        made: Any = fastjsonschema.compile(definition, handlers=_NoHandlers(), formats=_FORMATS)
    except ValueError:
        raise
    # The compiler lets Attribute-, Key- and TypeErrors of a bad schema out.
    except Exception as exc:
        raise ValueError(f"not a JSON Schema: {shorten(str(exc), 300)}") from None
    limit = _Limit()
    validate = _limited(made.func, limit, patterns)  # a partial, because there are formats

    def check(data: Any) -> str:
        try:
            limit.begin()
            validate(data, _FORMATS)
        except fastjsonschema.JsonSchemaValueException as exc:
            return _told(exc)
        except SlowPattern:
            raise
        except Exception as exc:  # numbers without end, and what else JSON can hold
            return f"cannot be checked: {type(exc).__name__}: {shorten(str(exc), 300)}"
        return ""

    return check


def _limited(generated: Any, limit: _Limit, patterns: set[str]) -> Callable[..., Any]:
    """Returns the compiled function, all of whose parts and patterns obey the limit."""
    names = generated.__globals__
    for name, function in list(names.items()):
        if name.startswith("validate"):  # one for the schema, one for each part that is named
            names[name] = limit.applied_to(function)
    known = names["REGEX_PATTERNS"]
    for name, pattern in known.items():
        written = name if name in patterns else f"format: {name.removesuffix('_re_pattern')}"
        # The compiler writes \Z for the $ of a pattern.
        ours = compiled_pattern(pattern.pattern, written=written)
        known[name] = SimpleNamespace(
            search=limit.applied_to(ours.search), match=limit.applied_to(ours.match)
        )
    limited: Callable[..., Any] = names[generated.__name__]
    return limited


class _Limit:
    """The time that one check of data may take, for each thread that makes one."""

    def __init__(self) -> None:
        self._local = threading.local()

    def begin(self) -> None:
        """Starts the clock of this thread."""
        self._local.end = time.monotonic() + SECONDS

    def applied_to(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Returns a function that does what another does, but not once the time is over."""

        @wraps(function)
        def limited(*args: Any, **named: Any) -> Any:
            if time.monotonic() > self._local.end:
                raise TimeoutError(f"it takes more than {SECONDS:g} s")
            return function(*args, **named)

        return limited


def _told(error: Any) -> str:
    """Returns what is wrong, in the same words in every process.

    The compiler names properties that must not be there as a set, whose order changes from
    process to process; a repair's prompt with it would never find its recording.
    """
    message, value = str(error.message), error.value
    begin, end = message.find("{"), message.rfind("}")
    if error.rule != "additionalProperties" or not isinstance(value, dict) or begin < 0:
        return message
    names = ", ".join(sorted(repr(name) for name in value if repr(name) in message[begin:end]))
    return f"{message[:begin]}{{{names}}}{message[end + 1 :]}"
