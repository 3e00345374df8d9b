from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.prompt import Completion, Message, Request
from pytest_promptevo.providers import ProviderOptions, connect
from pytest_promptevo.providers.scripted import Scripted

if TYPE_CHECKING:
    from pathlib import Path

REQUEST = Request("scripted:a:b", (Message("user", "two words"),), {"max_tokens": 3})


def test_a_word_is_a_token_and_a_millisecond() -> None:
    assert Scripted(lambda _request: "a b").generate(REQUEST) == Completion("a b", 2, 2, 4.0)


def test_a_long_answer_is_cut_off() -> None:
    cut = Scripted(lambda _request: "a b c d e").generate(REQUEST)
    assert cut == Completion("a b c", 2, 3, 5.0, "length")


def test_a_whole_completion_is_taken_as_it_is() -> None:
    whole = Completion("a b c d e", 9, 9, 9.0)
    assert Scripted(lambda _request: whole).generate(REQUEST) is whole


def test_the_requests_are_kept() -> None:
    model = Scripted(lambda _request: "a")
    model.generate(REQUEST)
    assert model.calls == [REQUEST]


def test_the_digest_follows_the_source() -> None:
    def one(_request: Request) -> str:
        return "1"

    def two(_request: Request) -> str:
        return "2"

    assert Scripted(one).digest() == Scripted(one).digest() != Scripted(two).digest()


def test_a_function_is_imported_from_the_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "my_script.py").write_text("def say(request):\n    return 'hi'\n")
    model = connect("scripted:my_script:say", ProviderOptions(root=tmp_path, concurrency=2))
    assert (model.generate(REQUEST).text, model.concurrency) == ("hi", 2)
    sys.modules.pop("my_script")


@pytest.mark.parametrize("name", ["no_such_module:f", "math:nope", "math", "math:"])
def test_a_function_that_is_not_there_is_named(name: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    with pytest.raises(SettingsError, match=f"cannot import 'scripted:{name}'"):
        connect(f"scripted:{name}")
