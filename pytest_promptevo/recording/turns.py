"""Calls in flight over all processes of a run, kept in the store that they share."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.recording.store import Store


@contextmanager
def turn(store: Store, model: str, limit: int) -> Iterator[None]:
    """Waits until fewer than ``limit`` processes ask a model; then it is one's turn.

    Args:
        store: The store of all the processes.
        model: Model reference.
        limit: Calls that may be in flight at once.
    """
    slot = 0
    while not store.claim(_name(model, slot), None):
        slot = (slot + 1) % limit
        if slot == 0:
            store.wait()
    try:
        yield
    finally:
        store.release(_name(model, slot), None)


def _name(model: str, slot: int) -> str:
    return f"turn {slot} of {model}"
