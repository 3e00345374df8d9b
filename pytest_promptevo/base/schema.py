"""The file boundary: pydantic models whose errors name file, line and nearest spelling."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    ValidationError,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pytest_promptevo.base.text import one_line, shorten
from pytest_promptevo.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MOST_AT_ONCE = 100
"""Keys that are unknown, or entries that may be wrong, that are looked at together: of each error
pydantic keeps some kilobytes, and a file holds half a million values."""


class Strict(BaseModel):
    """A mapping in a file: unknown keys are errors, values are not converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _few_unknown_keys(cls, data: Any) -> Any:
        """Leaves one unknown key, which is an error, of a great many."""
        if not isinstance(data, dict) or len(data) <= len(cls.model_fields) + _MOST_AT_ONCE:
            return data
        known = {field.alias or name for name, field in cls.model_fields.items()}
        first = next(key for key in data if key not in known)
        return {key: value for key, value in data.items() if key in known or key == first}


K = TypeVar("K")
T = TypeVar("T")


def _in_parts(value: Any, check: Callable[[Any], Any]) -> Any:
    """Validates a long list or mapping part by part, so that it ends at the first wrong one."""
    if not isinstance(value, (list, dict)) or len(value) <= _MOST_AT_ONCE:
        return check(value)
    made: Any = type(value)()
    for start, part in _parts(value):
        try:
            done = check(part)
        except ValidationError as exc:
            first = exc.errors(include_url=False)[0]
            index, *below = first["loc"]
            where = (index + start if isinstance(index, int) else index, *below)
            raise PydanticCustomError("in_part", "", {"of": {**first, "loc": where}}) from None
        made.extend(done) if isinstance(made, list) else made.update(done)
    return made


def _parts(value: list[Any] | dict[Any, Any]) -> Iterator[tuple[int, Any]]:
    entries = iter(value.items() if isinstance(value, dict) else value)
    for start in range(0, len(value), _MOST_AT_ONCE):
        yield start, type(value)(islice(entries, _MOST_AT_ONCE))


ListOf = Annotated[list[T], WrapValidator(_in_parts)]
"""A list in a file, however long it is."""

DictOf = Annotated[dict[K, T], WrapValidator(_in_parts)]
"""A mapping in a file, however many keys it has."""


def at_most(most: int) -> AfterValidator:
    """Returns what refuses longer lists and mappings, `ListOf` and `DictOf` among them.

    Pydantic would put a ``max_length`` on each of their parts.
    """

    def check(value: Any) -> Any:
        if len(value) > most:
            raise ValueError(f"{len(value):,} entries: at most {most:,}")
        return value

    return AfterValidator(check)


ModelT = TypeVar("ModelT", bound=BaseModel)


def validate(
    model: type[ModelT],
    data: Any,
    *,
    path: Path,
    line: Callable[[tuple[str | int, ...]], int],
    error: type[InputError],
    what: str = "",
    remedy: Callable[[str, Any], str] = lambda _name, _found: "",
) -> ModelT:
    """Validates plain data against a model.

    Args:
        model: The pydantic model.
        data: Plain dicts, lists and scalars.
        path: The file the data came from.
        line: Maps a path of keys to its line.
        error: The class of error to raise.
        what: Name of the part, put in front of the message.
        remedy: Takes the dotted name of what does not fit, and what was found there (None:
            nothing); returns a hint, or nothing.

    Raises:
        InputError: (as `error`) for the first thing that does not fit.
    """
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        found = [_whole(each) for each in exc.errors(include_url=False)]
        first = found[0]
        if first["type"] == "missing":
            first = next((each for each in found if each["type"] == "extra_forbidden"), first)
        where = _in_data(first["loc"], data)
        name = one_line(".".join(str(part) for part in where))
        if first["type"] == "extra_forbidden":
            message = f"unknown key {str(where[-1])!r}" + _inside(where[:-1], what)
            hint = did_you_mean(str(where[-1]), _keys_at(model, where[:-1]))
        else:
            message = f"{name or what or 'the document'}: {_said(first)}"
            hint = remedy(name, None if first["type"] == "missing" else first.get("input"))
        raise error(message, path=path, line=line(where), hint=hint) from None


def _whole(error: Any) -> Any:
    """Returns an error of a part (`_in_parts`) as one of the whole."""
    while error["type"] == "in_part":
        inner = error["ctx"]["of"]
        error = {**inner, "loc": (*error["loc"], *inner["loc"])}
    return error


def _in_data(where: tuple[str | int, ...], data: Any) -> tuple[str | int, ...]:
    """Returns the path without the names that pydantic gives to the members of a union."""
    made: list[str | int] = []
    for index, part in enumerate(where, 1):
        try:
            data = data[part]
        except (LookupError, TypeError):
            if index < len(where) or not isinstance(data, dict):
                continue
        made.append(part)
    return tuple(made)


def _inside(where: tuple[Any, ...], what: str) -> str:
    name = one_line(".".join(str(part) for part in where)) or what
    return f" in {name}" if name else ""


_PLAIN = {
    "bool_type": "should be true or false",
    "dict_type": "should be a mapping",
    "list_type": "should be a list",
    "model_attributes_type": "should be a mapping",
    "model_type": "should be a mapping",
    "string_too_short": "should not be empty",
    "string_type": "should be a text",
    "tuple_type": "should be a list",
    "too_short": "should not be empty",
}
"""What pydantic says in the words of Python, in those of a file."""


def _said(first: Any) -> str:
    message: str = _PLAIN.get(first["type"], first["msg"])
    if first["type"] == "missing":
        return "is missing"
    shown = shorten(repr(first.get("input")), 60)
    message = message.removeprefix("Value error, ").replace("Input should", "should")
    return f"{message} (found {shown})"


def _keys_at(model: Any, where: tuple[Any, ...]) -> list[str]:
    """Returns the known keys of the nested model at a path, as far as it can be followed."""
    for part in where:
        field = getattr(model, "model_fields", {}).get(part)
        if field is None:
            continue
        nested = [field.annotation, *getattr(field.annotation, "__args__", ())]
        models = [kind for kind in nested if isinstance(kind, type) and issubclass(kind, BaseModel)]
        if not models:
            return []
        model = models[0]
    return [field.alias or name for name, field in model.model_fields.items()]
