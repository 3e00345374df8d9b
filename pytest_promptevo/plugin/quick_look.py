"""``--promptevo-max-examples``: a part of each suite, for a quick look."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_promptevo.plugin.golden_item import GoldenItem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest


def left_out(items: Sequence[pytest.Item], most: int) -> set[pytest.Item]:
    """Returns the golden examples beyond so many of each suite.

    Which ones are looked at follows from their ids alone: they are the same in each run and in
    each worker of pytest-xdist, and neither the first ones of a file nor those of one topic.

    Args:
        items: The items of the run.
        most: Examples of a suite that are looked at.
    """
    suites: dict[Path, list[GoldenItem]] = defaultdict(list)
    for item in items:
        if isinstance(item, GoldenItem):
            suites[item.path].append(item)
    return {
        item
        for golden in suites.values()
        for item in sorted(golden, key=lambda item: _place(item.example.id))[most:]
    }


def _place(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
