"""Writes are not flushed to the disk: a busy disk would make most of the tests' time."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _no_flush(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda _handle: None)
