"""What a Python file imports, read from its text: nothing is executed."""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from typing import NamedTuple

_BY_NAME = frozenset({"import_module", "__import__"})


class Imported(NamedTuple):
    """A module that a file asks for, and what it takes from it.

    Attributes:
        module: Dotted name; empty for ``from . import name``.
        names: What is taken from it; each may be a module of its own.
        level: Number of leading dots: 0 for an absolute name.
    """

    module: str
    names: tuple[str, ...] = ()
    level: int = 0


@lru_cache(maxsize=1024)
def imports_in(source: bytes) -> tuple[Imported, ...]:
    """Returns all that a file imports, wherever it does, inside of functions, too.

    What stands under ``if TYPE_CHECKING:`` is never imported and left out. Of a file that is
    no Python nothing can be said: whoever imports it is told.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # invalid escapes are not our business
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found: dict[Imported, None] = {}
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        found.update(dict.fromkeys(_imports_of(node)))
        if isinstance(node, ast.If) and _is_for_types(node.test):
            pending += node.orelse
        else:
            pending += ast.iter_child_nodes(node)
    return tuple(found)


def _imports_of(node: ast.AST) -> list[Imported]:
    if isinstance(node, ast.Import):
        return [Imported(alias.name) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = tuple(alias.name for alias in node.names)
        return [Imported(node.module or "", names, node.level)]
    if isinstance(node, ast.Call) and _name(node.func) in _BY_NAME and node.args:
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            name = first.value.lstrip(".")
            return [Imported(name, level=len(first.value) - len(name))]
    return []


def _is_for_types(test: ast.expr) -> bool:
    return _name(test) == "TYPE_CHECKING"


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
