"""The project that the tests run pytest on."""

from __future__ import annotations

import os
import sys

import pytest

from .project import Project

_SPEAKING = ("CI", "PYTEST_ADDOPTS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    """An empty project with a model, and an environment that says nothing of this machine."""
    for name in list(os.environ):
        if name in _SPEAKING or name.startswith(("PROMPTEVO_", "PYTEST_XDIST_")):
            monkeypatch.delenv(name)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    return Project(pytester, monkeypatch)
