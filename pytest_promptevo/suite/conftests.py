"""Which ``conftest.py`` may offer scorers to a suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.source_files import mentions

if TYPE_CHECKING:
    from pathlib import Path

_OFFERS = (b"pytest_promptevo_scorers", b"pytest_plugins", b"pluginmanager")
"""By these names a ``conftest.py`` offers scorers, or loads plugins that do."""


def conftests_that_offer(path: Path, root: Path) -> list[Path]:
    """Returns each ``conftest.py`` above a suite that may offer scorers to it."""
    top = root.resolve()
    files = [folder / "conftest.py" for folder in path.resolve().parents]
    below = [file for file in files if file.is_relative_to(top) and file.is_file()]
    return [file for file in below if mentions(file, root, _OFFERS)]
