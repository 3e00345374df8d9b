"""What the example's web service answers to single requests, in this process."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from example.service_project import SUITE, write_project
from pytest_promptevo.state.opening import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


Post = Callable[..., httpx.Response]


@pytest.fixture
def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    from example_project.service.app import app

    monkeypatch.setenv("PROMPTEVO_LOCK", str(write_project(tmp_path)))
    monkeypatch.setenv("PROMPTEVO_SUITE", SUITE)
    transport = httpx.ASGITransport(app)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
        portal.wrap_async_context_manager(
            httpx.AsyncClient(transport=transport, base_url="http://service")
        ) as client,
    ):
        yield lambda path, **given: portal.call(partial(client.post, path, **given))


def ask(post: Post, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = post("/order-number", json=body).json()
    return found


def test_feedback_counts_once_whoever_gives_it(post: Post) -> None:
    answer = ask(post, message="Where is 48213")
    assert answer["order_number"] == "48213"
    feedback = {"decision": answer["decision"], "quality": 1.0}
    assert post("/feedback", json=feedback).json() == {"counted": True}
    assert post("/feedback", json=feedback).json() == {"counted": False}


def test_a_customer_keeps_the_same_genome(post: Post) -> None:
    arms = {ask(post, message="a", customer="Dee")["decision"].split(".")[1] for _ in range(40)}
    assert len(arms) == 1


def test_an_expected_answer_goes_to_the_queue(post: Post, tmp_path: Path) -> None:
    told = {"decision": ask(post, message="48213?")["decision"], "quality": 0.0}
    assert post("/feedback", json={**told, "expected": "48213"}).json()["counted"]
    store = Place.of(None, tmp_path / "promptevo.lock").open(5.0)
    store.prepare()
    assert [row.queued.expected for row in store.queue(SUITE)] == ['"48213"']
    store.close()


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("/order-number", b"{", 400, "a JSON object is needed"),
        ("/order-number", b"[1]", 400, "a JSON object is needed"),
        ("/order-number", b"\xff", 400, "a JSON object is needed"),
        ("/order-number", b"{}", 400, "message: a text of 1 to 4000 letters"),
        ("/order-number", b'{"message": "' + b"a" * 4001 + b'"}', 400, "message: a text of"),
        ("/order-number", b'{"message": "a", "customer": 5}', 400, "customer: a text"),
        ("/order-number", b" " * 70_000, 413, "at most 64 KiB"),
        ("/feedback", b'{"quality": 1}', 400, "decision: the id"),
        ("/feedback", b'{"decision": "x"}', 400, "quality must be a number from 0 to 1"),
        ("/feedback", b'{"decision": "x", "quality": NaN}', 400, "quality must be a number"),
    ],
)
def test_requests_that_are_none_are_refused(
    post: Post, path: str, body: bytes, status: int, error: str
) -> None:
    answer = post(path, content=body)
    assert answer.status_code == status
    assert error in answer.json()["error"]


def test_feedback_for_no_decision_does_not_count(post: Post) -> None:
    told = post("/feedback", json={"decision": "x", "quality": 1.0})
    assert (told.status_code, told.json()) == (200, {"counted": False})
