"""Imports functions of the user's that a suite or an option names as ``module:function``."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.calling import Raised, told, users_code
from pytest_promptevo.errors import SettingsError, shown_path

if TYPE_CHECKING:
    from collections.abc import Callable


def imported(target: str, root: Path | None, *, shown: str = "") -> Callable[..., Any]:
    """Returns the function that a target names, with the root on the import path.

    Args:
        target: Such as ``package.module:function``.
        root: Folder that imports start from; None for the import path as it is.
        shown: What messages call the target, if that is not the target itself.

    Raises:
        SettingsError: saying why there is no such function; for a module that fails, with
            its own error and the line that raised it.
    """
    shown = shown or target
    module_name, _, name = target.partition(":")
    if not (module_name and name):
        raise SettingsError(f"cannot import {shown!r}: it must be written module:function")
    is_like_pythons = module_name.partition(".")[0] in sys.stdlib_module_names
    if is_like_pythons and not _is_in(root, module_name):
        raise SettingsError(
            f"cannot import {shown!r}: {module_name} belongs to Python, not to the project"
        )
    if root is not None and str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        with users_code():
            module = importlib.import_module(module_name)
    except Raised as exc:
        raise SettingsError(
            f"cannot import {shown!r}: {_told(exc.error, module_name, root)}"
        ) from None
    if is_like_pythons and not _is_from(root, module):
        raise SettingsError(
            f"cannot import {shown!r}: Python's own {module_name} has been imported before the "
            "project's: give that another name"
        )
    function: Callable[..., Any] | None = getattr(module, name, None)
    if function is None:
        raise SettingsError(f"cannot import {shown!r}: {module_name} has no function {name!r}")
    if not callable(function):
        raise SettingsError(f"cannot import {shown!r}: {name!r} is not a function")
    return function


def _is_in(root: Path | None, module_name: str) -> bool:
    """Whether a module of the project bears a name that one of Python's has, too."""
    first = module_name.partition(".")[0]
    return root is not None and ((root / f"{first}.py").exists() or (root / first).is_dir())


def _is_from(root: Path | None, module: Any) -> bool:
    """Whether a module was read from the project, and was not there before as Python's own."""
    file = getattr(module, "__file__", None)
    return bool(root and file and Path(file).resolve().is_relative_to(root.resolve()))


def _told(error: BaseException, module_name: str, root: Path | None) -> str:
    why = told(error)
    if root is None:
        return why
    if isinstance(error, ModuleNotFoundError) and error.name == module_name.partition(".")[0]:
        return f"{why} (modules are imported from the rootdir, {shown_path(root)}: none is there)"
    frames = [Path(frame.filename) for frame in extract_tb(error.__traceback__)]
    own = [index for index, path in enumerate(frames) if path.is_relative_to(root)]
    if not own:
        return why
    line = extract_tb(error.__traceback__)[own[-1]].lineno
    return f"{why} ({frames[own[-1]].relative_to(root).as_posix()}:{line})"
