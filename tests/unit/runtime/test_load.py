from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import LockError
from pytest_promptevo.lock import LockedModel, LockedShot, Lockfile, write_lock
from pytest_promptevo.lock.entry import LockedPrompt
from pytest_promptevo.prompt import Completion, Message, OutputSpec, Request
from pytest_promptevo.runtime import InvalidAnswer, load
from pytest_promptevo.runtime import LockedPrompt as Loaded
from unit.support import make_entry

if TYPE_CHECKING:
    from pathlib import Path


def locked(folder: Path, models: dict[str, str] | None = None, **changes: Any) -> Loaded:
    values: dict[str, Any] = {
        "genome": {"how": "Read: {{m}}", "shots": ["s1"], "model": "primary", "temperature": 0.5},
        "prompt": LockedPrompt(user="{{how}}", system="Be exact."),
        "shots": [LockedShot(id="s1", inputs={"m": "in"}, expected="out")],
        "models": {"primary": LockedModel(reference="scripted:app_model:answer", digest="d")},
    }
    lock = Lockfile(folder / "promptevo.lock")
    write_lock(lock.with_entry("orders", make_entry(**{**values, **changes})))
    return load(lock.path, "orders", models=models)


def saying(*answers: str) -> tuple[Any, list[Request]]:
    asked: list[Request] = []

    def ask(request: Request) -> Completion:
        asked.append(request)
        return Completion(answers[len(asked) - 1], 1, 1, 1.0)

    return ask, asked


def test_a_request_is_rendered_as_in_the_tests(tmp_path: Path) -> None:
    request = locked(tmp_path).request(m="text {{m}}")
    assert request.messages == (
        Message("system", "Be exact."),
        Message("user", "Read: in"),
        Message("assistant", "out"),
        Message("user", "Read: text {{m}}"),
    )
    assert (request.model, request.params) == ("scripted:app_model:answer", {"temperature": 0.5})


def test_a_missing_input_is_named(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="orders needs the input 'm'"):
        locked(tmp_path).request(message="x")


def test_an_answer_is_parsed(tmp_path: Path) -> None:
    ask, asked = saying("42")
    assert locked(tmp_path).answer(ask, m="x").data == "42"
    assert len(asked) == 1


def test_an_invalid_answer_is_repaired(tmp_path: Path) -> None:
    ask, asked = saying("no json", '{"a": 1}')
    prompt = locked(tmp_path, output=OutputSpec(format="json", max_repairs=1))
    answer = prompt.answer(ask, m="x")
    assert answer.data == {"a": 1}
    assert len(asked) == 2
    assert (answer.repairs, answer.tokens, answer.latency_ms) == (1, 4, 2.0)
    assert list(answer.requests) == asked


def test_an_answer_that_stays_invalid_is_an_error(tmp_path: Path) -> None:
    ask, _ = saying("no", "no")
    prompt = locked(tmp_path, output=OutputSpec(format="json", max_repairs=1))
    with pytest.raises(InvalidAnswer, match="no valid answer: the answer is not JSON") as caught:
        prompt.answer(ask, m="x")
    assert caught.value.output.text == "no"


@pytest.mark.parametrize(
    ("genome", "output", "raw", "data"),
    [
        ({"cot": True}, {"format": "text"}, "1 + 1.\nAnswer: 2", "2"),
        ({}, {"format": "label", "labels": ["Bug"]}, "a bug.", "Bug"),
        ({}, {"format": "json", "schema": {"type": "array"}}, "```\n[1]\n```", [1]),
    ],
)
def test_the_locked_output_decides_how_to_parse(
    tmp_path: Path, genome: Any, output: Any, raw: str, data: Any
) -> None:
    whole = {"how": "x", "model": "primary", **genome}
    prompt = locked(tmp_path, genome=whole, output={"max_repairs": 0, **output})
    assert prompt.parse(raw).data == data


def test_a_constrained_output_sends_its_schema(tmp_path: Path) -> None:
    output = {"format": "json", "schema": {"type": "object"}, "max_repairs": 0, "constrain": True}
    assert locked(tmp_path, output=output).request(m="x").schema == {"type": "object"}


def test_a_role_may_be_served_by_another_model(tmp_path: Path) -> None:
    prompt = locked(tmp_path, models={"primary": "scripted:other:answer"})
    assert prompt.request(m="x").model == "scripted:other:answer"


def test_the_model_of_the_lock_is_found_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "app_model.py").write_text("def answer(request):\n    return 'beside'\n")
    prompt = locked(tmp_path)
    assert prompt.answer(m="x").data == "beside"
    prompt.close()
    prompt.close()
    sys.modules.pop("app_model")


def test_a_missing_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(LockError, match=r"promptevo\.lock: no such lock\n  hint: write it"):
        load(tmp_path / "promptevo.lock", "orders")


def test_an_unknown_suite_is_answered_with_the_nearest(tmp_path: Path) -> None:
    locked(tmp_path)
    with pytest.raises(
        LockError, match="no entry for suite 'order'\n  hint: did you mean 'orders'"
    ):
        load(tmp_path / "promptevo.lock", "order")


def test_a_suite_with_a_target_has_no_prompt(tmp_path: Path) -> None:
    with pytest.raises(LockError, match="has a target, not a prompt"):
        locked(tmp_path, prompt=None)


def test_loading_needs_no_pytest(tmp_path: Path) -> None:
    locked(tmp_path)
    code = (
        "import sys\n"
        "sys.modules['pytest'] = sys.modules['_pytest'] = None\n"
        "from pytest_promptevo.runtime import load\n"
        f"print(load({str(tmp_path / 'promptevo.lock')!r}, 'orders').request(m='x').model)\n"
        "heavy = {'pytest_promptevo.evolve', 'pytest_promptevo.plugin', 'numpy', 'httpx'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("scripted:app_model:answer\n", "")
