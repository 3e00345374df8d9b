from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pytest_promptevo.recording import Store
from pytest_promptevo.recording.turns import turn

if TYPE_CHECKING:
    from pathlib import Path


def test_a_turn_is_waited_for_and_given_back(tmp_path: Path) -> None:
    """Two stores of one file are what two processes have."""
    stores = [Store(tmp_path / "store" / "answers.sqlite") for _ in range(3)]
    entered = threading.Event()

    def third() -> None:
        with turn(stores[2], "m", 2):
            entered.set()

    with turn(stores[0], "m", 2):
        with turn(stores[1], "m", 2), turn(stores[2], "other", 1):
            thread = threading.Thread(target=third)
            thread.start()
            assert not entered.wait(0.3)
        assert entered.wait(10)
    thread.join()
    for store in stores:
        store.close()
