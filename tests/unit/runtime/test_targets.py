from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import LockError, SettingsError
from pytest_promptevo.lock import Lockfile, write_lock
from pytest_promptevo.prompt import Message, OutputSpec
from pytest_promptevo.runtime import InvalidAnswer, load
from unit.support import make_entry

from .test_async import answered
from .test_load import locked, saying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DESK = """
def chat(text):
    return [{"role": "user", "content": text}]

def reply(inputs, genome, ask):
    shown = " ".join(f"{shot.inputs['m']}={shot.expected}" for shot in ask.shots)
    return ask(chat(f"{genome['how']} {shown} {inputs['m']} {ask.model}"), temperature=0)

async def areply(inputs, genome, ask):
    first = await ask(chat(inputs["m"]))
    return await ask(chat(first))

def data(inputs, genome, ask):
    return {"answer": ask(chat(inputs["m"])), "tone": inputs.get("tone")}

def wrong(inputs, genome, ask):
    return ask(**{inputs["m"]: 1}, messages=chat("x"))

def no_chat(inputs, genome, ask):
    return ask(inputs["m"])

def no_data(inputs, genome, ask):
    return object()

def forgetful(inputs, genome, ask):
    ask(chat(inputs["m"]))

async def hasty(inputs, genome, ask):
    return ask(chat(inputs["m"]))

def broken(inputs, genome, ask):
    raise ZeroDivisionError("of the application")
"""


@pytest.fixture(autouse=True)
def _desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "shipped_desk.py").write_text(DESK)
    yield
    sys.modules.pop("shipped_desk", None)


def desk(folder: Path, function: str = "reply", **changes: Any) -> Any:
    sys.path.insert(0, str(folder))
    target = {"prompt": None, "target": f"shipped_desk:{function}", "inputs": ["m"]}
    return locked(folder, **{**target, **changes})


def test_the_function_is_called_with_the_locked_genome(tmp_path: Path) -> None:
    ask, asked = saying("42")
    done = desk(tmp_path).answer(ask, m="x")
    assert (done.data, done.tokens, done.repairs) == ("42", 2, 0)
    text = "Read: {{m}} in=out x scripted:app_model:answer"
    assert asked[0].messages == (Message("user", text),)
    assert asked[0].params == {"temperature": 0}
    assert list(done.requests) == asked


def test_the_input_itself_is_no_shot(tmp_path: Path) -> None:
    ask, asked = saying("42")
    desk(tmp_path).answer(ask, m="in")
    assert asked[0].messages[0].content == "Read: {{m}}  in scripted:app_model:answer"


def test_an_async_function_is_awaited(tmp_path: Path) -> None:
    for call in (answered, lambda prompt, *ask, **inputs: prompt.answer(*ask, **inputs)):
        ask, asked = saying("first", "second")
        done = call(desk(tmp_path, "areply"), ask, m="x")
        assert done.data == "second"
        assert [request.messages[0].content for request in done.requests] == ["x", "first"]
        assert list(done.requests) == asked


def test_a_function_that_blocks_is_called_in_a_thread(tmp_path: Path) -> None:
    async def ask(_request: Any) -> str:
        return "42"

    assert answered(desk(tmp_path), ask, m="x").data == "42"


def test_data_is_read_as_the_tests_read_it(tmp_path: Path) -> None:
    ask, _ = saying("42", "42")
    prompt = desk(
        tmp_path, "data", output=OutputSpec(format="json"), optional_inputs=["tone"], inputs=["m"]
    )
    assert prompt.answer(ask, m="x").data == {"answer": "42", "tone": None}
    assert prompt.answer(ask, m="x", tone="dry").data == {"answer": "42", "tone": "dry"}


def test_an_invalid_output_is_an_error(tmp_path: Path) -> None:
    ask, _ = saying("no json")
    with pytest.raises(InvalidAnswer):
        desk(tmp_path, output=OutputSpec(format="json")).answer(ask, m="x")


def test_inputs_are_those_of_the_golden_examples(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="orders needs the input 'm' and takes no input 'message'"):
        desk(tmp_path).answer(message="x")


def test_a_target_has_no_request_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="orders has a target, which makes its requests"):
        desk(tmp_path).request(m="x")


@pytest.mark.parametrize(
    ("function", "given", "told"),
    [
        ("wrong", "temperatur", "not 'temperatur': did you mean 'temperature'?"),
        ("no_chat", "x", "ask() takes a list of messages such as"),
        ("no_chat", [], "ask() takes a list of messages such as"),
        ("no_chat", [{"role": "robot", "content": "x"}], "not {'role': 'robot', 'content': 'x'}"),
        ("no_chat", [{"role": "user", "content": 1}], "not {'role': 'user', 'content': 1}"),
        ("forgetful", "x", "it returned None (was `return` forgotten?)"),
        (
            "hasty",
            "x",
            "it returned a coroutine: an async def awaits what it asks, `await ask(...)",
        ),
        ("no_data", "x", "which is neither a text nor JSON data"),
    ],
)
def test_a_wrong_use_is_explained(tmp_path: Path, function: str, given: Any, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        desk(tmp_path, function).answer(lambda _request: "42", m=given)
    assert told in str(caught.value)


def test_what_the_function_raises_passes_through(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError, match="of the application"):
        desk(tmp_path, "broken").answer(m="x")


def test_the_import_path_is_the_applications_or_starts_at_a_root(tmp_path: Path) -> None:
    lock = Lockfile(tmp_path / "promptevo.lock")
    entry = make_entry(prompt=None, target="shipped_desk:reply", inputs=["m"])
    write_lock(lock.with_entry("orders", entry))
    with pytest.raises(LockError, match=r"(?s)target of .orders.: cannot import .*root=FOLDER"):
        load(lock.path, "orders")
    loaded = load(lock.path, "orders", root=tmp_path)
    assert (loaded.options.root, loaded.target.__name__) == (tmp_path, "reply")  # type: ignore[union-attr]


def test_a_lock_that_does_not_name_its_target_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LockError, match=r"(?s)an older version.*-update-lock"):
        locked(tmp_path, prompt=None)
