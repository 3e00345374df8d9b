"""Hooks that ``conftest.py`` and pytest plugins may implement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping


@pytest.hookspec
def pytest_promptevo_scorers(config: pytest.Config) -> Mapping[str, Any] | None:
    """Returns scorers by name; each value is a factory that takes the suite file's options.

    Example for a ``conftest.py``::

        def starts_with(*, letter="A"):
            def score(output, example):
                return output.text.startswith(letter)
            return score

        def pytest_promptevo_scorers(config):
            return {"starts_with": starts_with}

    A suite then says ``scorers: [{starts_with: {letter: B}}]``.
    """
