"""What a docstring says of a function's arguments."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_ARGUMENTS = re.compile(r"^Args:\n((?: .*\n?|\n)+)", re.MULTILINE)
_ARGUMENT = re.compile(r"^    (\w+): (.+(?:\n {8}.+)*)", re.MULTILINE)


def told_arguments(function: Callable[..., Any]) -> dict[str, str]:
    """Returns name to description of the arguments that a Google-style docstring tells of."""
    section = _ARGUMENTS.search(inspect.getdoc(function) or "")
    if section is None:
        return {}
    told = _ARGUMENT.findall(section[1])
    return {name: " ".join(text.replace("``", "`").split()) for name, text in told}
