"""What installed packages may add, with or without pytest.

A package offers a module (or object) with these functions under the entry point group
``promptevo``. Example::

    # pyproject.toml of the package
    [project.entry-points.promptevo]
    my_scorers = "my_package.promptevo"

    # my_package/promptevo.py
    from pytest_promptevo.scorers.hookspecs import hookimpl

    @hookimpl
    def promptevo_scorers():
        return {"starts_with": starts_with}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.scorers import Factory

PROJECT = "promptevo"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def promptevo_scorers() -> Mapping[str, Factory]:  # type: ignore[empty-body]
    """Returns scorer factories by name (see `pytest_promptevo.scorers`)."""
