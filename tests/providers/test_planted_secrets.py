"""Secrets planted wherever a run meets them; then all that it shows and writes is searched."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from misbehaving import KEYS, Behaviour, Handler, Misbehaving, answer_for, good
from test_keys_in_runs import LOGS, LOUD, PLUGIN, SUITE

if TYPE_CHECKING:
    from pathlib import Path

KEY = "sk-Zq81fT5uCanary0977XyW"
PASSWORD = "pwCanary0977%2FXyW"
PLAIN = "pwCanary0977/XyW"
BASIC = b64encode(f"me:{PLAIN}".encode()).decode()
PATH_KEY = "gw77Canary0977PathXyW"
CANARIES = (KEY, PASSWORD, PLAIN, BASIC, PATH_KEY)
USER_TEST = """
from pytest_promptevo.providers import ProviderOptions, connect
from pytest_promptevo.runtime import load

def test_locked():
    assert load("promptevo.lock", "keyed").answer(message="m9").text == "nothing"

def test_connected():
    connect("{kind}:tiny", ProviderOptions()).digest()
"""

Run = Callable[..., str]


@pytest.fixture(params=[[], ["-n2"]], ids=["alone", "workers"])
def run(request: pytest.FixtureRequest, tmp_path: Path, kind: str, server: Misbehaving) -> Run:
    """Runs pytest as loudly as it can; no secret is in what it shows, or in a file afterwards."""
    models = {"primary": f"{kind}:tiny:latest"}
    suite = SUITE | {"models": models, "golden": SUITE["golden"][:1]}  # type: ignore[index]
    (tmp_path / "keyed.promptevo.yaml").write_text(yaml.safe_dump(suite))
    (tmp_path / "pytest.ini").write_text("[pytest]\npromptevo_patience = 0.1\n")
    (tmp_path / "test_user.py").write_text(USER_TEST.replace("{kind}", kind))
    proxy = f"http://me:{PASSWORD}@127.0.0.1:{server.port}"
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    env = inherited | {KEYS[kind]: KEY, "PYTHONPATH": PLUGIN, "HTTP_PROXY": proxy}
    where = "OLLAMA_HOST" if kind == "ollama" else "OPENAI_BASE_URL"
    server.prefix = f"/{PATH_KEY}"
    path = "" if kind == "ollama" else f"/{PATH_KEY}/v1"
    # The server stands in for a proxy, which sees the key and its own password.
    env[where] = f"http://models.invalid:80{path}"

    def run(*options: str, **variables: str) -> str:
        command = [sys.executable, "-m", "pytest", "-p", "no:randomly", *LOUD, *LOGS, *options]
        if "--promptevo-update-lock" not in options:  # which works without workers alone
            command += request.param
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env=env | variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert leaks(tmp_path, done.stdout) == []
        assert "INTERNALERROR" not in done.stdout
        return done.stdout

    return run


def leaks(folder: Path, shown: str) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    found = [path.name for path in files if any(c.encode() in path.read_bytes() for c in CANARIES)]
    return found + [canary for canary in CANARIES if canary in shown]


def echo(handler: Handler) -> str:
    """All that a server can know of secrets."""
    return f"{handler.headers.as_string()} {PLAIN} {PASSWORD}"


def in_text(handler: Handler, body: dict[str, Any]) -> None:
    handler.send_json(answer_for(handler, body, f"m0 m1 m2 {echo(handler)}"))


def in_figures(handler: Handler, body: dict[str, Any]) -> None:
    text = echo(handler)
    usage = {"prompt_tokens": text, "completion_tokens": text, text: text}
    figures = dict.fromkeys(("prompt_eval_count", "eval_count", "eval_duration"), text)
    handler.send_json(answer_for(handler, body, "m", usage=usage, **figures))


def in_errors(status: int) -> Behaviour:
    def behave(handler: Handler, _body: dict[str, Any]) -> None:
        text = echo(handler)
        kind = "exceed_context_size_error"
        error = {"message": text, "type": kind, "n_prompt_tokens": text, "n_ctx": text}
        handler.send_json({"error": error if handler.path[1] == "v" else text}, status)

    return behave


def in_redirects(handler: Handler, _body: dict[str, Any]) -> None:
    where = f"http://me:{KEY}@other.invalid/{KEY}/{BASIC}?key={KEY}"
    handler.send_json({"error": echo(handler)}, 301, Location=where)


def serve(server: Misbehaving, listed: Callable[[str], dict[str, Any]]) -> None:
    """Lets the server be called as a proxy is, with whole addresses."""
    answer = server.answer

    def unproxied(handler: Handler, path: str, body: dict[str, Any]) -> None:
        seen.append(handler.headers["Authorization"])
        handler.path = path = path.removeprefix("http://models.invalid")
        if path.endswith(("/tags", "/models")):
            handler.send_json(listed(echo(handler)))
        else:
            answer(handler, path, body)

    seen: list[str] = []
    server.answer = unproxied  # type: ignore[method-assign]
    server.sent = seen  # type: ignore[attr-defined]


def models(_echo: str) -> dict[str, Any]:
    entry = {"id": "tiny:latest", "model": "tiny:latest", "digest": "ab" * 32}
    return {"data": [entry], "models": [entry]}


def models_that_quote(text: str) -> dict[str, Any]:
    entry = {"id": "tiny:latest", "model": "tiny:latest", "digest": text, "root": text}
    return {"data": [entry | {"meta": {text: text}}], "models": [entry]}


def other_models(text: str) -> dict[str, Any]:
    return {"data": [{"id": f"tiny {text}"}], "models": [{"model": text, "digest": text}]}


def test_what_a_server_quotes_of_secrets_is_kept_nowhere(
    run: Run, server: Misbehaving, tmp_path: Path
) -> None:
    serve(server, models)
    server.always = in_text
    assert "accepted into promptevo.lock" in run("--promptevo-update-lock", "keyed.promptevo.yaml")
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert {"promptevo.lock", "keyed.jsonl", "answers.sqlite", "report.xml"} <= names
    assert "***" in (tmp_path / "promptevo_recordings" / "keyed.jsonl").read_text()
    assert set(server.sent) == {f"Bearer {KEY}"}  # type: ignore[attr-defined]
    for fault in (in_figures, in_errors(400), in_redirects):
        server.always = fault
        assert "failed" in run("--promptevo-record=all")


@pytest.mark.parametrize("listed", [models_that_quote, other_models])
def test_what_a_list_of_models_quotes_is_kept_nowhere(
    listed: Callable[[str], dict[str, Any]], run: Run, server: Misbehaving
) -> None:
    serve(server, listed)
    server.always = good
    run()


@pytest.mark.parametrize(
    "variables",
    [
        {"HTTP_PROXY": f"socks5://me:{PASSWORD}@127.0.0.1:9"},
        {"HTTP_PROXY": f"http://me:{PASSWORD}@127.0.0.1:none"},
        {"HTTP_PROXY": f"me:{PASSWORD}@"},
        {"OPENAI_BASE_URL": f"http://me:{PLAIN}@h/v1", "OLLAMA_HOST": f"http://me:{PLAIN}@h"},
        {"OPENAI_BASE_URL": f"http:/me:{KEY}@h", "OLLAMA_HOST": f"http:/me:{KEY}@h"},
        {"OPENAI_BASE_URL": "https://h/v1", "OLLAMA_HOST": "https://h", "SSL_CERT_FILE": "/no"},
        {"OPENAI_API_KEY": f"{KEY}\u201d", "OLLAMA_API_KEY": f"{KEY}\u201d"},
    ],
    ids=["socks", "port", "host", "address", "odd address", "certificates", "key"],
)
def test_an_environment_that_cannot_be_used_is_not_shown(
    variables: dict[str, str], run: Run, server: Misbehaving
) -> None:
    serve(server, models)
    shown = run(**variables)
    assert "failed" in shown
    assert "hint: " in shown or any(name in shown for name in variables)
