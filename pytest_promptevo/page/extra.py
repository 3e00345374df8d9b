"""What the page needs beside the core, and a clear word where that is missing."""

from __future__ import annotations

from importlib.util import find_spec

from pytest_promptevo.errors import SettingsError

_NEEDED = {"jinja2": "Jinja2", "vl_convert": "vl-convert-python"}
_INSTALL = "pip install 'pytest-promptevo[report]'"


def check_extra() -> None:
    """Checks that the extra ``report`` is installed; nothing of it is imported.

    Raises:
        SettingsError: with the line that installs it.
    """
    missing = [name for module, name in _NEEDED.items() if find_spec(module) is None]
    if missing:
        raise SettingsError(
            f"the report needs {' and '.join(missing)}, which the extra brings: {_INSTALL}"
        )
