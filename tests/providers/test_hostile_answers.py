"""Answers that would do harm: impossible figures, bombs, drips, redirects, odd shapes."""

from __future__ import annotations

import gzip
import json
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from misbehaving import Behaviour, Handler, Misbehaving, answer_for, ask, fails, raw, says

from pytest_promptevo.errors import ModelUnavailable, ProviderError, TransientError
from pytest_promptevo.providers import Provider

Make = Callable[..., Provider]

IMPOSSIBLE = {
    "a fraction": "1.5",
    "negative": "-1",
    "a boolean": "true",
    "NaN": "NaN",
    "infinite": "1e999",
    "huge": "1" + "0" * 30,
    "a list": "[1]",
    "a text": '"7"',
}
ADDRESSES = ["127.0.0.3", "127.0.0.1"]
"""The server listens on the second."""

COUNTS = {
    "ollama": ("prompt_eval_count", "eval_count"),
    "openai": ("prompt_tokens", "completion_tokens"),
}
TIMES = {
    "ollama": ("prompt_eval_duration", "eval_duration"),
    "openai": ("prompt_ms", "predicted_ms"),
}


def with_figure(name: str, figure: str) -> Behaviour:
    """A good answer with one figure replaced, whatever JSON thinks of it."""

    def behave(handler: Handler, body: dict[str, Any]) -> None:
        answer = answer_for(handler, body, "a")
        for part in (answer, answer.get("usage", {}), answer.get("timings", {})):
            if name in part:
                part[name] = "FIGURE"
        handler.send_bytes(json.dumps(answer).replace('"FIGURE"', figure).encode())

    return behave


@pytest.mark.parametrize("figure", IMPOSSIBLE.values(), ids=list(IMPOSSIBLE))
@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("names", [COUNTS, TIMES], ids=["counts", "times"])
def test_an_impossible_figure_is_an_error_of_that_answer(
    figure: str, index: int, names: dict[str, tuple[str, str]], kind: str, server: Misbehaving,
    make_provider: Make,
) -> None:  # fmt: skip
    if names is TIMES and kind == "openai" and figure == "1.5":
        return  # milliseconds may be fractions
    server.script.append(with_figure(names[kind][index], figure))
    provider = make_provider(kind, server, attempts=1)
    with pytest.raises(TransientError, match="an answer that makes no sense"):
        provider.generate(ask())
    assert provider.generate(ask()).text == "echo hello"


@pytest.mark.parametrize("figure", IMPOSSIBLE.values(), ids=list(IMPOSSIBLE))
def test_what_was_cached_is_a_count_or_unknown(
    figure: str, server: Misbehaving, make_provider: Make
) -> None:
    text = (
        '{"choices": [{"message": {"content": "a"}}], "usage": {"prompt_tokens": 7, '
        f'"completion_tokens": 3, "prompt_tokens_details": {{"cached_tokens": {figure}}}}}}}'
    )
    server.script.append(raw(text.encode()))
    assert make_provider("openai", server, attempts=2).generate(ask()).cached_tokens is None


@pytest.mark.parametrize("digest", ["Bearer sk-Zq81fT5u", "", "x" * 64, "ab" * 4000])
def test_a_digest_of_ollama_is_a_digest(
    digest: str, server: Misbehaving, make_provider: Make
) -> None:
    server.models = {"tiny:latest": digest}
    with pytest.raises(ProviderError) as caught:
        make_provider("ollama", server, attempts=1).digest()
    assert not digest or digest not in str(caught.value)


DEEP = b"[" * 100_000 + b"]" * 100_000
LISTS: dict[str, bytes] = {
    "no ids": b'{"data": [{"root": 1}, {"id": "tiny:latest"}]}',
    "ids of any kind": b'{"data": [{"id": [1]}, {"id": {}}, {"id": null}, {"id": "tiny:latest"}]}',
    "entries of any kind": b'{"data": [1, null, [], "x", {"id": "tiny:latest"}]}',
    "a number": b'{"data": 7}',
    "a text": b'{"data": "tiny"}',
    "a mapping": b'{"data": {"tiny": 1}}',
    "a list": b'[{"id": "tiny:latest"}]',
    "null": b"null",
    "nested": DEEP,
    "meta nested": b'{"data": [{"id": "tiny:latest", "meta": ' + b"[" * 400 + b"]" * 400 + b"}]}",
    "meta infinite": b'{"data": [{"id": "tiny:latest", "meta": {"n": 1e999}}]}',
}


@pytest.mark.parametrize("name", LISTS)
def test_any_list_of_models_is_read_or_is_an_error_of_ours(
    name: str, kind: str, server: Misbehaving, make_provider: Make
) -> None:
    text = LISTS[name].replace(b'"data"', b'"models"') if kind == "ollama" else LISTS[name]

    def answer(handler: Handler, path: str, _body: dict[str, Any]) -> None:
        handler.send_bytes(text)

    server.answer = answer  # type: ignore[method-assign]
    provider = make_provider(kind, server, attempts=1, patience_s=0.2)
    told = ""
    try:
        assert provider.digest().startswith("sha256:")
    except ProviderError as error:
        told = str(error)
    assert len(told) < 1000
    assert provider.concurrency == 1


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("charset", ["base64", "rot13", "utf-7", "zlib", "no-such", "utf-16"])
def test_nested_json_and_odd_charsets_are_answers_without_sense(
    status: int, charset: str, kind: str, server: Misbehaving, make_provider: Make
) -> None:
    def behave(handler: Handler, _body: dict[str, Any]) -> None:
        data = DEEP if charset == "utf-7" else b'{"error": "\xff\xfe"}'
        handler.send_response(status)
        handler.send_header("Content-Type", f"application/json; charset={charset}")
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    server.always = behave
    with pytest.raises(ProviderError) as caught:
        make_provider(kind, server, attempts=1).generate(ask())
    assert len(str(caught.value)) < 1000


def drips(handler: Handler, body: dict[str, Any], *, headers: bool) -> None:
    """Sends an answer a byte at a time, each well before a read would time out."""
    data = json.dumps(answer_for(handler, body, "a")).encode()
    start = b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 500
    rest = f"\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data
    if not headers:
        handler.wfile.write(start + rest[: -len(data)])
        start, rest = b"", data
    handler.close_connection = True
    for byte in start + rest:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(0.02)


@pytest.mark.parametrize("headers", [False, True], ids=["body", "headers"])
def test_an_answer_that_drips_ends_at_the_deadline_of_the_call(
    headers: bool, kind: str, server: Misbehaving, make_provider: Make
) -> None:
    server.script.append(lambda handler, body: drips(handler, body, headers=headers))
    with pytest.raises(TransientError, match=r"no answer within 0\.5 s"):
        make_provider(kind, server, timeout_s=0.5, attempts=1).generate(ask())


def test_a_bomb_is_given_up_before_it_fills_memory(
    kind: str, server: Misbehaving, make_provider: Make
) -> None:
    bomb = gzip.compress(b" " * 600_000_000, compresslevel=1)
    server.always = raw(bomb, Content_Encoding="gzip")
    provider = make_provider(kind, server, attempts=1)
    provider.digest()
    tracemalloc.start()
    try:
        with pytest.raises(TransientError, match="an answer of more than 16 MB"):
            provider.generate(ask())
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 60_000_000


@pytest.mark.parametrize("behind", ["the end", "nothing"])
def test_what_a_decompressor_would_keep_or_swallow_is_given_up(
    behind: str, kind: str, server: Misbehaving, make_provider: Make
) -> None:
    empty = zlib.compressobj(wbits=31)
    start = empty.compress(b" ") + empty.flush(zlib.Z_FULL_FLUSH)
    blocks = b"\x00\x00\x00\xff\xff" * (60_000_000 // 5)  # each is empty
    bomb = gzip.compress(b"{}") + b" " * 60_000_000 if behind == "the end" else start + blocks
    server.always = raw(bomb, Content_Encoding="gzip")
    provider = make_provider(kind, server, attempts=1)
    provider.digest()
    tracemalloc.start()
    try:
        with pytest.raises(TransientError, match="an answer of more than 16 MB"):
            provider.generate(ask())
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 60_000_000


@pytest.mark.parametrize("part", [b"[],", b"{},", b'{"a":[0]},', b'"",'])
def test_an_answer_of_millions_of_values_is_given_up_before_they_are_made(
    part: bytes, kind: str, server: Misbehaving, make_provider: Make
) -> None:
    server.always = raw(b'{"x": [' + part * (15_000_000 // len(part)) + b"0]}")
    provider = make_provider(kind, server, attempts=1)
    provider.digest()
    tracemalloc.start()
    try:
        with pytest.raises(TransientError, match="an answer of more than 500,000 values"):
            provider.generate(ask())
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 90_000_000


@pytest.mark.parametrize("attempts", [1, 3])
def test_the_look_up_of_a_name_ends_at_the_deadline_of_the_call(
    attempts: int, monkeypatch: pytest.MonkeyPatch, kind: str, server: Misbehaving,
    make_provider: Make,
) -> None:  # fmt: skip
    waits, looked_up = threading.Event(), []

    def never(*args: Any, **_: Any) -> Any:
        looked_up.append(args)
        waits.wait()
        raise socket.gaierror("too late")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    where = f"http://server.invalid:{server.port}"
    settings = {"ollama_hosts": (where,)} if kind == "ollama" else {"openai_base_url": where}
    provider = make_provider(
        kind, server, timeout_s=0.3, attempts=attempts, patience_s=0.5, **settings
    )
    started = time.monotonic()
    try:
        with pytest.raises(ModelUnavailable, match="no connection"):
            provider.generate(ask())
        assert time.monotonic() - started < 5
        assert len(looked_up) == 1  # one thread waits, however often the name is asked for
    finally:
        waits.set()


def test_a_name_leads_to_the_first_of_its_addresses_that_answers(
    monkeypatch: pytest.MonkeyPatch, kind: str, server: Misbehaving, make_provider: Make
) -> None:
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (where, 0)) for where in ADDRESSES]
    real = socket.getaddrinfo

    def found(host: str, *args: Any, **settings: Any) -> Any:
        return rows if host == "server.invalid" else real(host, *args, **settings)

    monkeypatch.setattr(socket, "getaddrinfo", found)
    where = f"http://server.invalid:{server.port}"
    settings = (
        {"ollama_hosts": (where,)} if kind == "ollama" else {"openai_base_url": f"{where}/v1"}
    )
    assert make_provider(kind, server, **settings).generate(ask()).text == "echo hello"


def test_a_host_that_is_no_name_is_one_that_is_not_there(
    kind: str, server: Misbehaving, make_provider: Make
) -> None:
    where = f"http://{'a' * 70}.invalid:{server.port}"
    settings = {"ollama_hosts": (where,)} if kind == "ollama" else {"openai_base_url": where}
    with pytest.raises(ModelUnavailable, match="no connection"):
        make_provider(kind, server, patience_s=0.1, attempts=1, **settings).generate(ask())


def test_a_flood_is_given_up(kind: str, server: Misbehaving, make_provider: Make) -> None:
    server.always = raw(b" " * 17_000_000)
    with pytest.raises(TransientError, match="an answer of more than 16 MB"):
        make_provider(kind, server, attempts=1).generate(ask())


def test_a_compressed_answer_is_read(kind: str, server: Misbehaving, make_provider: Make) -> None:
    def behave(handler: Handler, body: dict[str, Any]) -> None:
        data = json.dumps(answer_for(handler, body, "packed")).encode()
        handler.send_bytes(gzip.compress(data), Content_Encoding="gzip")

    server.script.append(behave)
    assert make_provider(kind, server, attempts=1).generate(ask()).text == "packed"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed_and_says_what_to_set(
    status: int, kind: str, server: Misbehaving, make_server: Callable[..., Misbehaving],
    make_provider: Make, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    key = "sk-Zq81fT5uCanary0977XyW"
    monkeypatch.setenv("OLLAMA_API_KEY" if kind == "ollama" else "OPENAI_API_KEY", key)
    other = make_server()
    where = f"http://user:{key}@127.0.0.1:{other.port}/new?key={key}"
    server.always = fails(status, "moved", Location=where)
    with pytest.raises(ModelUnavailable) as caught:
        make_provider(kind, server).generate(ask())
    told = str(caught.value)
    assert f"redirects to http://127.0.0.1:{other.port}/new ({status})" in told
    setting = "promptevo_ollama_hosts" if kind == "ollama" else "promptevo_openai_base_url"
    assert f"\n  hint: {setting} or " in told
    assert key not in told
    assert other.seen == []


def test_overflow_figures_that_are_none_are_not_shown(
    server: Misbehaving, make_provider: Make
) -> None:
    error = {"type": "exceed_context_size_error", "n_prompt_tokens": "Bearer x", "n_ctx": 64}
    server.always = fails(400, error)
    with pytest.raises(ProviderError, match="does not fit the context") as caught:
        make_provider("openai", server).generate(ask())
    assert "Bearer" not in str(caught.value)


def test_texts_that_are_none_are_errors_of_the_answer(
    kind: str, server: Misbehaving, make_provider: Make
) -> None:
    message = {"message": {"role": "assistant", "content": ["a"]}}
    server.script.append(says("a", **message, choices=[message]))
    with pytest.raises(TransientError, match="content is impossible"):
        make_provider(kind, server, attempts=1).generate(ask())
