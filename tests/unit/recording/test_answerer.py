from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import (
    ModelUnavailable,
    ProviderError,
    RecordingMissing,
    TransientError,
)
from pytest_promptevo.prompt import Completion, Message, Request
from pytest_promptevo.recording import Answerer, Recording
from unit.support import make_answerer

if TYPE_CHECKING:
    from pathlib import Path


def ask(text: str = "question", **params: Any) -> Request:
    return Request("scripted:a:b", (Message("user", text),), {"max_tokens": 8, **params})


def echo(request: Request) -> str:
    return request.messages[-1].content


def committed(answers: Answerer, request: Request) -> Recording:
    """Commits an answer to a request and forgets where it came from."""
    digest = answers.model_digest(request.model)
    made = Recording.of(request, digest, answers.connect(request.model).generate(request))
    answers.committed.add("a", made)
    return made


def test_an_answer_is_asked_for_once(tmp_path: Path) -> None:
    answers, model = make_answerer(tmp_path, echo)
    assert [answers.answer(ask(), "a").text for _ in range(3)] == ["question"] * 3
    assert (len(model.calls), answers.paid) == (1, 1)


def test_the_store_answers_the_next_run(tmp_path: Path) -> None:
    answers, _ = make_answerer(tmp_path, echo)
    answers.answer(ask(), "a")
    later, model = make_answerer(tmp_path, echo)
    assert later.answer(ask(), "a").text == "question"
    assert (len(model.calls), later.paid) == (0, 0)


@pytest.mark.parametrize(
    ("reference", "asked"), [("ollama:a", 1), ("openai:a", 1), ("scripted:a:b", 2)]
)
def test_the_processes_of_a_run_wait_for_a_server_that_is_gone_once(
    tmp_path: Path, reference: str, asked: int
) -> None:
    def gone(_request: Request) -> str:
        raise ModelUnavailable("no answer within 60 s\n  hint: start it")

    def make(run: str) -> tuple[Answerer, Any]:
        answers, model = make_answerer(tmp_path, gone)
        answers.run = run
        answers.digests[reference] = "sha256:1"
        return answers, model

    made = [make("run 1") for _ in range(2)]
    told, causes = [], []
    for answers, _ in made:
        for text in ("one", "two"):
            with pytest.raises(ModelUnavailable) as caught:
                answers.answer(replace(ask(text), model=reference), "a")
            told.append(str(caught.value))
            causes.append(caught.value.cause)
    assert sum(len(model.calls) for _, model in made) == asked
    assert sum("hint" in line for line in told) == asked
    assert told[1] == f"{reference} is unavailable, see the first failure"
    assert causes[:2] == ["", "no answer within 60 s"]
    later, model = make("run 2")
    with pytest.raises(ModelUnavailable, match="hint"):
        later.answer(replace(ask(), model=reference), "a")
    assert len(model.calls) == 1


def test_a_committed_answer_goes_first(tmp_path: Path) -> None:
    answers, model = make_answerer(tmp_path, echo)
    made = committed(answers, ask())
    assert answers.answer(ask(), "a") is made
    assert len(model.calls) == 1


@pytest.mark.parametrize("changed", [{"temperature": 0.5}, {"stop": ("x",)}, {"max_tokens": 0}])
def test_a_changed_genome_never_replays_the_old_answer(tmp_path: Path, changed: Any) -> None:
    answers, model = make_answerer(tmp_path, echo)
    answers.answer(ask(), "a")
    answers.answer(ask(**changed), "a")
    assert len(model.calls) == 2


def test_an_answer_that_ended_by_itself_serves_a_higher_limit(tmp_path: Path) -> None:
    answers, model = make_answerer(tmp_path, echo)
    answers.answer(ask(), "a")
    assert answers.is_recorded(ask(max_tokens=64))
    answers.answer(ask(max_tokens=64), "a")
    assert len(model.calls) == 1


def test_mode_all_asks_once_more_and_only_once(tmp_path: Path) -> None:
    old, _ = make_answerer(tmp_path, echo)
    old.answer(ask(), "a")
    answers, model = make_answerer(tmp_path, lambda _request: "new", "all")
    assert not answers.is_recorded(ask())
    assert [answers.answer(ask(), "a").text for _ in range(2)] == ["new", "new"]
    assert len(model.calls) == 1


def test_processes_of_a_run_in_mode_all_ask_once_and_the_next_run_asks_again(
    tmp_path: Path,
) -> None:
    made = [make_answerer(tmp_path, echo, "all") for _ in range(3)]
    for (answers, _), run in zip(made, ["first", "first", "second"], strict=True):
        answers.run = run
        assert answers.answer(ask(), "a").text == "question"
    assert [len(model.calls) for _, model in made] == [1, 0, 1]


def test_mode_none_never_asks(tmp_path: Path) -> None:
    answers, model = make_answerer(tmp_path, echo, "none")
    with pytest.raises(RecordingMissing, match="no recording: missing"):
        answers.answer(ask(), "a")
    assert model.calls == []
    assert not (tmp_path / ".promptevo").exists()


def test_mode_none_does_not_read_the_store(tmp_path: Path) -> None:
    made, _ = make_answerer(tmp_path, echo)
    made.answer(ask(), "a")
    answers, _ = make_answerer(tmp_path, echo, "none")
    with pytest.raises(RecordingMissing, match="missing; answered locally but not committed"):
        answers.answer(ask(), "a")


def test_mode_none_needs_no_model(tmp_path: Path) -> None:
    answers, _ = make_answerer(tmp_path, echo, "none")
    answers.connect = lambda _reference: Unreachable()
    with pytest.raises(RecordingMissing, match="scripted:a:b is neither in the lock nor here"):
        answers.answer(ask(), "a")


@pytest.mark.parametrize(
    ("request_", "pinned", "why"),
    [
        (ask("other"), None, "the prompt's text changed"),
        (ask(temperature=0.5), None, "a sampling parameter changed"),
        (ask(max_tokens=0), None, "max_tokens changed"),
        (ask(), "sha256:feed", r"the model changed \(sha256:\w+ -> sha256:feed\)"),
    ],
)
def test_a_stale_recording_is_explained(
    tmp_path: Path, request_: Request, pinned: str | None, why: str
) -> None:
    answers, _ = make_answerer(tmp_path, echo, "none")
    committed(answers, ask())
    if pinned:
        answers.digests["scripted:a:b"] = pinned
    with pytest.raises(RecordingMissing, match=f"no recording: stale, {why} since it was made"):
        answers.answer(request_, "a")


class Unreachable:
    reference = "scripted:a:b"
    concurrency = 1

    def __init__(self) -> None:
        self.calls = 0

    def digest(self) -> str:
        raise ModelUnavailable("no server")

    def generate(self, _request: Request) -> Any:
        self.calls += 1
        raise ModelUnavailable("no server")

    def close(self) -> None: ...


@pytest.mark.parametrize("mode", ["none", "missing"])
def test_a_model_out_of_reach_has_the_digest_of_the_lock(tmp_path: Path, mode: Any) -> None:
    answers, _ = make_answerer(tmp_path, echo, mode)
    answers.connect = lambda _reference: Unreachable()
    answers.pinned = {"scripted:a:b": "sha256:7"}
    assert answers.model_digest("scripted:a:b") == "sha256:7"


def test_without_a_lock_there_is_no_digest(tmp_path: Path) -> None:
    answers, _ = make_answerer(tmp_path, echo)
    answers.connect = lambda _reference: Unreachable()
    with pytest.raises(ModelUnavailable):
        answers.model_digest("scripted:a:b")


def test_the_model_itself_goes_before_the_lock_when_it_may_be_asked(tmp_path: Path) -> None:
    answers, model = make_answerer(tmp_path, echo)
    answers.pinned = {"scripted:a:b": "sha256:7"}
    assert answers.model_digest("scripted:a:b") == model.digest()


def test_a_model_that_is_gone_is_asked_once(tmp_path: Path) -> None:
    answers, _ = make_answerer(tmp_path, echo)
    gone = Unreachable()
    answers.connect = lambda _reference: gone
    answers.pinned = {"scripted:a:b": "sha256:7"}
    for text in ("one", "two"):
        with pytest.raises(ModelUnavailable):
            answers.answer(ask(text), "a")
    assert gone.calls == 1


def test_a_failed_call_gives_its_claim_back(tmp_path: Path) -> None:
    failures = [TransientError("busy")]

    def flaky(_request: Request) -> str:
        if failures:
            raise failures.pop()
        return "answer"

    answers, _ = make_answerer(tmp_path, flaky)
    with pytest.raises(TransientError):
        answers.answer(ask(), "a")
    assert answers.answer(ask(), "a").text == "answer"
    assert answers.paid == 1


def test_threads_that_want_the_same_answer_wait_for_one(tmp_path: Path) -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def slow(_request: Request) -> str:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.05)
        with lock:
            running[0] -= 1
        return "answer"

    answers, model = make_answerer(tmp_path, slow)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _at: answers.answer(ask(), "a").text, range(8)))
    assert made == ["answer"] * 8
    assert (len(model.calls), most[0]) == (1, 1)


IMPOSSIBLE: list[Any] = [
    Completion("x", 10**30, 1, 1.0),
    Completion("x", 1, -1, 1.0),
    Completion("x", 1, 1, float("nan")),
    Completion("x", 1, 1, None),  # type: ignore[arg-type]
    Completion(None, 1, 1, 1.0),  # type: ignore[arg-type]
    Completion("x", 1, 1, 1.0, "stop", 2),
    Completion("x", 1, 1, 1.0, "stop", None, "fast"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("impossible", IMPOSSIBLE)
def test_an_answer_with_figures_that_cannot_be_is_an_error_and_kept_nowhere(
    tmp_path: Path, impossible: Completion
) -> None:
    answered = [impossible, "answer"]
    answers, _ = make_answerer(tmp_path, lambda _request: answered.pop(0))
    with pytest.raises(ProviderError, match="scripted:a:b: an answer that makes no sense: "):
        answers.answer(ask(), "a")
    assert answers.paid == 0
    assert answers.answer(ask(), "a").text == "answer"  # the claim was given back
