from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pytest_promptevo.recording.store import Store

if TYPE_CHECKING:
    from pathlib import Path


def test_a_slot_is_waited_for_and_given_back(tmp_path: Path) -> None:
    """Two stores of one file are what two processes have."""
    stores = [Store(tmp_path / "store" / "answers.sqlite") for _ in range(3)]
    entered = threading.Event()

    def third() -> None:
        with stores[2].coordination.slot("m", 2):
            entered.set()

    with stores[0].coordination.slot("m", 2):
        with stores[1].coordination.slot("m", 2), stores[2].coordination.slot("other", 1):
            thread = threading.Thread(target=third)
            thread.start()
            assert not entered.wait(0.3)
        assert entered.wait(10)
    thread.join()
    for store in stores:
        store.close()


def test_a_slot_is_for_one_thread_of_a_process(tmp_path: Path) -> None:
    store = Store(tmp_path / "store" / "answers.sqlite")
    entered = threading.Event()

    def second() -> None:
        with store.coordination.slot("m", 1):
            entered.set()

    thread = threading.Thread(target=second)
    with store.coordination.slot("m", 1):
        thread.start()
        assert not entered.wait(0.3)
    assert entered.wait(10)
    thread.join()
    store.close()


def test_an_outage_is_told_to_the_same_run_alone(tmp_path: Path) -> None:
    stores = [Store(tmp_path / "store" / "answers.sqlite") for _ in range(2)]
    for _ in range(2):
        stores[0].coordination.note_outage("run", "m")
    there = stores[1].coordination
    assert there.has_outage("run", "m")
    assert not there.has_outage("other run", "m")
    assert not there.has_outage("run", "n")
    for store in stores:
        store.close()
