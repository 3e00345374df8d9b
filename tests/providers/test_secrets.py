"""API keys reach no error text, repr, pickle, log line or traceback."""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from misbehaving import KEYS, Handler, Misbehaving, ask, fails, hangs_up, raw, resets, says

from pytest_promptevo.errors import PromptEvoError, SettingsError
from pytest_promptevo.providers import Provider, ProviderOptions, connect
from pytest_promptevo.providers.http.secrets import Secret

Make = Callable[..., Provider]

KEY = "sk-Zq81fT5uCanary0977XyW"


def leaks_back(status: int) -> Callable[[Handler, object], None]:
    """Quotes the key that it was sent, as some servers do, right before where texts are cut."""

    def behave(handler: Handler, _body: object) -> None:
        sent = handler.headers["Authorization"]
        text = f"{'x' * 280} bad key {sent}"
        handler.send_json({"error": {"message": text}}, status)

    return behave


@pytest.fixture
def keyed(
    kind: str, server: Misbehaving, make_provider: Make, monkeypatch: pytest.MonkeyPatch
) -> Provider:
    monkeypatch.setenv(KEYS[kind], KEY)
    return make_provider(kind, server, patience_s=0.2, timeout_s=0.5)


FAULTS = {
    "400": leaks_back(400),
    "401": leaks_back(401),
    "404": leaks_back(404),
    "429": leaks_back(429),
    "500": leaks_back(500),
    "reset": resets,
    "hangs up": hangs_up,
    "garbage": raw(f"<p>{KEY}</p>".encode()),
    "a text": raw(f'"{KEY}"'.encode()),
    "an error text": fails(400, f"key {KEY}"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_key_is_sent_but_shows_nowhere(
    fault: str, keyed: Provider, server: Misbehaving, lines: list[str],
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    server.always = FAULTS[fault]
    with pytest.raises(PromptEvoError) as caught:
        keyed.generate(ask())
    assert all(KEY in seen.headers.get("authorization", "") for seen in server.seen)
    error = caught.value
    shown = [
        str(error),
        repr(error),
        repr(vars(error)),
        repr(keyed),
        "".join(traceback.format_exception(error)),
        "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()),
        str(caught.getrepr(showlocals=True, style="long")),
        *lines,
        *caplog.messages,
        *capfd.readouterr(),
    ]
    assert not [text for text in shown if KEY[:12] in text]
    assert KEY.encode() not in pickle.dumps(error)
    assert KEY not in pickle.dumps(error, protocol=0).decode("latin-1")


def test_a_key_shows_nowhere_when_all_goes_well(
    keyed: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = keyed.generate(ask())
    shown = [repr(answer), keyed.digest(), repr(keyed), *caplog.messages]
    assert not [text for text in shown if KEY[:12] in text]
    with pytest.raises((TypeError, AttributeError)) as caught:
        pickle.dumps(keyed)
    assert KEY not in str(caught.value)


def test_an_answer_that_quotes_the_key_is_kept_without_it(
    keyed: Provider, server: Misbehaving
) -> None:
    server.script.append(says(f"You are {KEY}."))
    assert keyed.generate(ask()).text == "You are ***."


def test_a_report_of_pytest_with_locals_has_no_key(tmp_path: Path, server: Misbehaving) -> None:
    server.always = leaks_back(400)
    (tmp_path / "test_it.py").write_text(
        f"""
from pytest_promptevo.prompt import Message, Request
from pytest_promptevo.providers import ProviderOptions, connect

def test_it():
    options = ProviderOptions(openai_base_url="{server.address}/v1")
    connect("openai:tiny:latest", options).generate(Request("", (Message("user", "x"),)))
""",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", "/dev/null"]
    command += ["--showlocals", "--tb=long", "-vv", "--log-level=DEBUG", "--junitxml=report.xml"]
    here = str(Path(__file__).parents[2])
    done = subprocess.run(
        [*command, "test_it.py"],
        cwd=tmp_path,
        env={"PYTHONPATH": here, "OPENAI_API_KEY": KEY, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "ModelUnavailable" in done.stdout
    written = [path.read_text() for path in tmp_path.glob("*.xml")]
    assert written
    assert not [text for text in (done.stdout, done.stderr, *written) if KEY[:12] in text]


@pytest.mark.parametrize("bad", ["sk-\u201cZq81\u201d", "sk-Zq\n81", "sk Zq81", "sk-\x7fZq81"])
def test_a_key_that_no_header_can_carry_is_named_by_its_variable_only(
    bad: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEYS[kind], bad)
    with pytest.raises(SettingsError, match=f"^{KEYS[kind]} holds characters") as caught:
        connect(f"{kind}:tiny", ProviderOptions())
    assert "Zq" not in "".join(traceback.format_exception(caught.value))


def test_without_a_key_none_is_sent(server: Misbehaving, provider: Provider) -> None:
    provider.generate(ask())
    assert not any("authorization" in seen.headers for seen in server.seen)


def test_a_secret() -> None:
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {[secret]}"
    assert secret.redact(f"a {KEY} b") == "a *** b"
    assert secret.reveal() == KEY
    assert Secret().redact("as it is") == "as it is"
    assert Secret("red").redact_answer("a red car") == "a red car"
    assert Secret("no").redact("know: Bearer no") == "know: Bearer ***"
    assert not Secret()
    with pytest.raises(TypeError):
        pickle.dumps(secret)


ODD_KEYS = [
    KEY,
    "sk-Zq81\\fT5uCanary0977XyW",
    "sk-Zq81'fT5u\"Canary0977XyW",
    "sk-Zq81\\\\'fT5u/Canary\"0977+XyW%=",
]


def sent(handler: Handler) -> str:
    return handler.headers["Authorization"].removeprefix("Bearer ")


def encodes(handler: Handler, _body: object) -> None:
    handler.send_json({}, 200, **{"Content-Encoding": sent(handler)})


def redirects(handler: Handler, _body: object) -> None:
    handler.send_json({}, 302, Location=f"http://host.invalid/{sent(handler)}")


def redirects_to_host(handler: Handler, _body: object) -> None:
    handler.send_json({}, 302, Location=f"http://{sent(handler)}.invalid/")


def breaks_its_status_line(handler: Handler, _body: object) -> None:
    handler.wfile.write(f"{sent(handler)} oops\r\n\r\n".encode())
    handler.close_connection = True


def breaks_a_header(handler: Handler, _body: object) -> None:
    handler.wfile.write(f"HTTP/1.1 200 {sent(handler)}\r\n{sent(handler)}\r\n\r\n".encode())
    handler.close_connection = True


def nests(handler: Handler, _body: object) -> None:
    told = {"a": [sent(handler)], "b": json.dumps({"c": json.dumps([sent(handler)])}), "d": "'"}
    handler.send_json({"error": {"message": told}}, 400)


@pytest.mark.parametrize("key", ODD_KEYS)
@pytest.mark.parametrize(
    "fault",
    [encodes, redirects, redirects_to_host, breaks_its_status_line, breaks_a_header, nests],
)
def test_a_key_is_found_however_it_is_written(
    fault: Callable[[Handler, object], None], key: str, server: Misbehaving, make_provider: Make,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("OPENAI_API_KEY", key)
    provider = make_provider("openai", server, patience_s=0.1, timeout_s=0.5)
    server.always = fault
    with pytest.raises(PromptEvoError) as caught:
        provider.generate(ask())
    shown = [str(caught.value), *caplog.messages]
    parts = ("Canary0977", "canary0977", "sk-Zq81", "sk-zq81")
    assert not [text for text in shown if any(part in text for part in parts)]


@pytest.mark.parametrize("length", range(199, 226))
def test_the_name_of_a_model_is_cut_after_the_key_has_gone(
    length: int, server: Misbehaving, make_provider: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.models = {f"{'x' * (length - len(KEY))}{KEY}": "", f"y{KEY}z": ""}
    with pytest.raises(PromptEvoError) as caught:
        make_provider("openai", server, patience_s=0.1).generate(ask())
    assert "there is no model" in str(caught.value)
    assert KEY[:8] not in str(caught.value)


def test_looking_for_a_key_takes_no_time_however_the_text_looks() -> None:
    secret = Secret("\\'\\\\'\"sk-Zq81\\\\\\'/x", ["p\\\\/w\\'d\xe9"])
    started = time.perf_counter()
    for text in ("\\" * 10**6, "\\'" * 10**6, "%25" * 10**6, "sk-Zq81" * 10**5, "\\\\'" * 10**6):
        secret.redact(text)
    assert time.perf_counter() - started < 20
    assert secret.redact("is %70%5c") == "is %70%5c"
    assert secret.redact("p%5C%5c%2Fw%255C'd%C3%A9!") == "***!"
    assert secret.redact("p\\\\\\\\/w\\\\'d\\u00e9 p\\\\\\\\/w\\\\'d\\xc3\\xa9") == "*** ***"
