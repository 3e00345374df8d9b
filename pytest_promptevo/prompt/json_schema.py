"""JSON Schema, checked by a compiled function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def compiled(schema: str) -> Callable[[Any], str]:
    """Returns a function that says what is wrong with JSON data, or an empty text.

    Args:
        schema: The JSON Schema as JSON text; references must not leave it.

    Raises:
        ValueError: if it is not a usable schema.
    """
    import fastjsonschema

    def deny(uri: str) -> Any:
        raise ValueError(f"a $ref must not leave the schema: {uri}")

    try:
        validate = fastjsonschema.compile(
            json.loads(schema), handlers=dict.fromkeys(("http", "https", "ftp", "file"), deny)
        )
    except ValueError:
        raise
    # The compiler lets Attribute-, Key- and TypeErrors of a bad schema out.
    except Exception as exc:
        raise ValueError(f"not a JSON Schema: {exc}") from None

    def check(data: Any) -> str:
        try:
            validate(data)
        except fastjsonschema.JsonSchemaValueException as exc:
            return str(exc.message)
        except (RecursionError, OverflowError) as exc:
            return f"cannot be checked: {exc}"
        return ""

    return check
