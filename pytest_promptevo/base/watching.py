"""Who wants to know of a file before it is written or removed."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_hears: ContextVar[Callable[[Path, str | None], None] | None] = ContextVar("hears", default=None)


@contextmanager
def watched(hears: Callable[[Path, str | None], None]) -> Iterator[None]:
    """Tells of each file that this thread writes within the block.

    Args:
        hears: Takes the path and the new text, or None for a file that goes; what it raises
            keeps the file as it is.
    """
    token = _hears.set(hears)
    try:
        yield
    finally:
        _hears.reset(token)


def announce(path: Path, text: str | None) -> None:
    """Tells that a file is about to change."""
    if (hears := _hears.get()) is not None:
        hears(path, text)
