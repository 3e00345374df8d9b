"""Which code offers a suite scorers through pytest's hook."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.source_files import mentions

if TYPE_CHECKING:
    import pytest

_REGISTERS = (b"pluginmanager",)


def offering(hook: Any, config: pytest.Config) -> list[object]:
    """Returns the plugins that implement a hook, their functions, and modules that register some.

    A ``conftest.py`` that registers others is left out: which of them count depends on the suite.

    Args:
        hook: The hook, as a suite's file calls it.
        config: The run's configuration.
    """
    found = [part for each in hook.get_hookimpls() for part in (each.plugin, each.function)]
    plugins = config.pluginmanager.get_plugins()
    return [*found, *(each for each in plugins if _registers(each, config.rootpath))]


def _registers(plugin: object, root: Path) -> bool:
    """Whether a plugin is a module of the project that may register objects as plugins."""
    name = getattr(plugin, "__file__", None) if inspect.ismodule(plugin) else None
    path = Path(name).resolve() if name else None
    if path is None or not path.is_relative_to(root.resolve()) or path.name == "conftest.py":
        return False
    is_own = getattr(plugin, "__name__", "").partition(".")[0] == "pytest_promptevo"
    return not is_own and path.is_file() and mentions(path, root, _REGISTERS)
