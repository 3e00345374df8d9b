from __future__ import annotations

import hashlib
import sys
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import ContextOverflow, ModelUnavailable, ProviderError, SettingsError
from pytest_promptevo.prompt import Completion, Message, Request
from pytest_promptevo.providers import Provider, ProviderOptions, connect
from pytest_promptevo.providers.embedded import catalog as model_catalog
from pytest_promptevo.providers.embedded import files as model_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ANSWER = {
    "choices": [{"message": {"content": "<think>hm</think>11"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 9, "completion_tokens": 4},
    "timings": {"prompt_ms": 20.5, "predicted_ms": 30.25, "cache_n": 5},
}


class Llama(ModuleType):
    """Stands for xllamacpp and keeps what it is asked."""

    def __init__(self) -> None:
        super().__init__("xllamacpp")
        self.answer: Any = ANSWER
        self.started: list[Any] = []
        self.bodies: list[dict[str, Any]] = []

    def CommonParams(self) -> SimpleNamespace:
        return SimpleNamespace(model=SimpleNamespace())

    def Server(self, params: SimpleNamespace) -> Any:
        self.started.append(params)
        if params.model.path.endswith("broken.gguf"):
            raise RuntimeError("bad magic")
        return SimpleNamespace(handle_chat_completions=self.handle)

    def handle(self, body: dict[str, Any]) -> Any:
        self.bodies.append(body)
        return self.answer


@pytest.fixture
def llama(monkeypatch: pytest.MonkeyPatch) -> Llama:
    made = Llama()
    monkeypatch.setitem(sys.modules, "xllamacpp", made)
    return made


@pytest.fixture
def model(llama: Llama, tmp_path: Path) -> Provider:
    (tmp_path / "own.gguf").write_bytes(b"GGUF")
    return connect("gguf:own.gguf", ProviderOptions(root=tmp_path))


def ask(*, schema: Any = None, replicate: int = 0, **params: Any) -> Request:
    return Request("gguf:own.gguf", (Message("user", "x"),), params, schema, replicate)


def test_an_answer_is_read(model: Provider) -> None:
    assert model.generate(ask()) == Completion("11", 9, 4, 50.75, "stop", 5, 20.5)


def test_an_answer_that_was_cut_off_says_so(model: Provider, llama: Llama) -> None:
    choice = {"message": {"content": None}, "finish_reason": "length"}
    llama.answer = {**ANSWER, "choices": [choice]}
    answer = model.generate(ask())
    assert (answer.text, answer.finish) == ("", "length")


@pytest.mark.parametrize(
    ("request_", "part"),
    [
        (ask(), {"temperature": 0.0, "cache_prompt": True}),
        (ask(temperature=0.5, top_p=0.9, seed=3), {"temperature": 0.5, "top_p": 0.9}),
        (ask(seed=3, replicate=2), {"seed": ask(seed=3, replicate=2).engine_seed}),
        (ask(max_tokens=16, stop=("\n",)), {"max_tokens": 16, "stop": ("\n",)}),
        (ask(top_k=None), {"messages": [{"role": "user", "content": "x"}]}),
    ],
)
def test_what_is_sent(
    model: Provider, llama: Llama, request_: Request, part: dict[str, Any]
) -> None:
    model.generate(request_)
    (body,) = llama.bodies
    assert {name: body[name] for name in part} == part
    assert {"top_k", "num_ctx", "think"}.isdisjoint(body)


def test_a_schema_constrains(model: Provider, llama: Llama) -> None:
    model.generate(ask(schema={"type": "object"}))
    shape = llama.bodies[0]["response_format"]["json_schema"]
    assert shape["schema"] == {"type": "object"}


def test_the_engine_is_started_once_by_the_first_request(model: Provider, llama: Llama) -> None:
    assert llama.started == []
    model.generate(ask())
    model.generate(ask())
    (params,) = llama.started
    assert (params.n_parallel, params.n_ctx, params.cache_ram_mib) == (4, 8192, 0)


def test_a_closed_engine_starts_anew(model: Provider, llama: Llama) -> None:
    model.generate(ask())
    model.close()
    model.close()
    model.generate(ask())
    assert len(llama.started) == 2


def test_a_prompt_that_does_not_fit_is_an_error(model: Provider, llama: Llama) -> None:
    llama.answer = {
        "error": {"type": "exceed_context_size_error", "n_prompt_tokens": 3000, "n_ctx": 2048}
    }
    with pytest.raises(ContextOverflow, match="needs 3000 tokens, the context holds 2048"):
        model.generate(ask())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"error": {"message": "bad request"}}, "gguf:own.gguf: bad request"),
        ({"error": "bad"}, "gguf:own.gguf: bad"),
        ("no mapping", "gguf:own.gguf: no mapping"),
    ],
)
def test_any_other_failure_is_told(model: Provider, llama: Llama, answer: Any, said: str) -> None:
    llama.answer = answer
    with pytest.raises(ProviderError) as caught:
        model.generate(ask())
    assert str(caught.value) == said


def test_the_digest_is_that_of_the_file(model: Provider) -> None:
    assert model.digest() == f"sha256:{hashlib.sha256(b'GGUF').hexdigest()}"


def test_the_digest_of_a_catalogue_model_needs_no_file() -> None:
    known = model_catalog.CATALOG["smollm2-135m-instruct"].sha256
    assert connect("embedded:smollm2-135m-instruct").digest() == f"sha256:{known}"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    model = connect("gguf:gone.gguf", ProviderOptions(root=tmp_path))
    for use in (model.digest, lambda: model.generate(ask())):
        with pytest.raises(ModelUnavailable, match=r"gguf:gone\.gguf: no such file"):
            use()


def test_an_unknown_catalogue_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="did you mean 'smollm2-135m-instruct'"):
        connect("embedded:smollm2-135m")


def test_a_file_that_is_no_model_is_told(llama: Llama, tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF")
    model = connect("gguf:broken.gguf", ProviderOptions(root=tmp_path))
    with pytest.raises(ModelUnavailable, match=r"llama\.cpp cannot load it: bad magic"):
        model.generate(ask())


def test_without_the_extra_the_install_command_is_told(
    model: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)
    with pytest.raises(ModelUnavailable, match=r"pip install 'pytest-promptevo\[embedded\]'"):
        model.generate(ask())


def test_a_damaged_catalogue_file_is_told(
    llama: Llama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMPTEVO_CACHE", str(tmp_path))
    monkeypatch.setattr(model_files, "_is_whole", lambda _path, _model: True)
    path = model_catalog.cached_path("smollm2-135m-instruct")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"other bytes")
    with pytest.raises(ModelUnavailable, match="is damaged: its SHA-256 is not"):
        connect("embedded:smollm2-135m-instruct").generate(ask())


def test_a_folder_in_place_of_a_file_is_named(llama: Llama, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    with pytest.raises(ModelUnavailable, match=r"^gguf:models is a folder, not a file$"):
        connect("gguf:models", ProviderOptions(root=tmp_path)).generate(ask())


def test_a_file_that_cannot_be_loaded_is_told_with_its_size(llama: Llama, tmp_path: Path) -> None:
    (tmp_path / "broken.gguf").write_bytes(b"GGUF" + bytes(1996))
    told = "cannot load it: bad magic\n  hint: it has 2,000 bytes: a file that is not whole or "
    with pytest.raises(ModelUnavailable, match=told):
        connect("gguf:broken.gguf", ProviderOptions(root=tmp_path)).generate(ask())


def test_a_model_that_cannot_be_had_is_tried_once(
    llama: Llama, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines: list[str] = []

    def unreachable(_name: str, notify: Callable[[str], None]) -> Path:
        notify("fetching ...")
        raise ModelUnavailable("cannot fetch it")

    monkeypatch.setattr(model_files, "ensure", unreachable)
    options = ProviderOptions(root=tmp_path, notify=lines.append)
    engine = connect("embedded:smollm2-135m-instruct", options)

    def attempt(_number: int) -> str:
        with pytest.raises(ModelUnavailable) as caught:
            engine.generate(ask())
        return str(caught.value)

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(attempt, range(4))) == {"cannot fetch it"}
    assert lines == ["fetching ..."]
    engine.close()
    attempt(5)
    assert len(lines) == 2
