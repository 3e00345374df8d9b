"""What other processes do in the tests of the store."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from pytest_promptevo.prompt import Message, Request
from pytest_promptevo.providers.scripted import Scripted
from pytest_promptevo.recording import Answerer, CommittedFile
from pytest_promptevo.recording.store import Store

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

REQUEST = Request("scripted:slow", (Message("user", "question"),), {"max_tokens": 8})


def answerer(folder: Path, answer: Any) -> Answerer:
    return Answerer(
        mode="missing",
        committed=CommittedFile(folder / "none.jsonl"),
        open_store=lambda: Store(folder / "store" / "answers.sqlite"),
        connect=lambda _reference: Scripted(answer),
        pinned={},
    )


def slow(folder: Path) -> Any:
    def answer(_request: Request) -> str:
        (folder / f"asked-{os.getpid()}").touch()
        time.sleep(0.3)
        return "answer"

    return answer


def ask(folder: Path, together: Barrier, index: int) -> None:
    answers = answerer(folder, slow(folder))
    answers.digests[REQUEST.model] = "sha256:1"
    together.wait(60)
    (folder / f"got-{index}").write_text(answers.answer(REQUEST, "a").text)


def ask_for_ever(folder: Path) -> None:
    def answer(_request: Request) -> str:
        (folder / "asking").touch()
        time.sleep(600)
        return "never"

    answers = answerer(folder, answer)
    answers.digests[REQUEST.model] = "sha256:1"
    answers.answer(REQUEST, "a")


def put_many(folder: Path, together: Barrier, index: int) -> None:
    from unit.support import make_recording

    store = Store(folder / "store" / "answers.sqlite")
    together.wait(60)
    for at in range(20):
        store.put(make_recording(params=f"{index}-{at}"))
    store.close()
