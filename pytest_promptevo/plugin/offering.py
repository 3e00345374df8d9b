"""Which code offers a suite scorers through pytest's hook."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.source_files import mentions
from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import SettingsError, shown_path
from pytest_promptevo.scorers.installed import merged

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pytest

    from pytest_promptevo.scorers import Factory

_REGISTERS = (b"pluginmanager",)


def offers(hook: Any, config: pytest.Config) -> list[Mapping[str, Factory]]:
    """Returns what implementations of the scorers' hook offer.

    Raises:
        SettingsError: if that is of a wrong form, with the files where the hook is implemented.
    """
    found: list[Mapping[str, Factory]] = hook(config=config)
    try:
        merged(found)
    except SettingsError as exc:
        files = sorted({_file(each.function) for each in hook.get_hookimpls()})
        raise SettingsError(
            f"{exc}\n  hint: {hook.name} is implemented in {', '.join(files)}"
        ) from None
    return found


def _file(function: Any) -> str:
    code = getattr(inspect.unwrap(function), "__code__", None)
    return shown_path(Path(code.co_filename)) if code else shown(function)


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
