"""Whole runs of pytest on a server that misbehaves: nothing is lost, and one message tells it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

# Imported here once: what an in-process run imports first, pytester forgets after it.
import httpx  # noqa: F401
import numpy as np  # noqa: F401
import ollama  # noqa: F401
import pytest
import yaml
from misbehaving import Handler, Misbehaving, answer_for, fails, hangs, says
from test_faults import PASSING

import pytest_promptevo.plugin.evolution
import pytest_promptevo.plugin.prepare
import pytest_promptevo.plugin.session
import pytest_promptevo.plugin.summary
import pytest_promptevo.providers.ollama.provider
import pytest_promptevo.providers.openai.provider  # noqa: F401

SUITE: dict[str, Any] = {
    "prompt": {"user": "{{instruction}} {{message}}", "system": "{{persona}}"},
    "genome": {"instruction": "Say", "persona": "", "temperature": 0.0, "max_tokens": 16},
    "search": {
        "instruction": ["Say", "Tell", "Copy"],
        "persona": ["", "A bot.", "An agent.", "A clerk.", "A poet."],
    },
    "scorers": ["exact_match"],
    # Latency would be measured by calls of its own.
    "objectives": {"quality": {}, "tokens": {}},
    "threshold": 0.5,
}
# The servers are what is tested here: four examples are enough, though they show nothing.
SEARCH = ("--evolve", "--promptevo-strategy=classic", "--promptevo-accept=inconclusive")
MakeServer = Callable[..., Misbehaving]


def copies(handler: Handler, body: dict[str, Any]) -> None:
    """Copies the message, if it is asked to do that."""
    time.sleep(handler.server.owner.work_s)
    order, _, message = body["messages"][-1]["content"].partition(" ")
    text = message if order == "Copy" else f"well, {message}"
    handler.send_json(answer_for(handler, body, text))


class Project:
    """A suite of one model, and pytest runs on it."""

    def __init__(self, pytester: pytest.Pytester, kind: str) -> None:
        self.root = pytester.path
        self.store = self.root / ".promptevo" / "answers.sqlite"
        self.kind = kind
        self._pytester = pytester

    def suite(self, count: int = 4, name: str = "copy", **changes: Any) -> None:
        golden = [{"id": f"e{n}", "inputs": {"message": f"m{n}"}, "expected": f"m{n}"}
                  for n in range(count)]  # fmt: skip
        suite = {"golden": golden, "models": {"primary": f"{self.kind}:tiny:latest"}} | SUITE
        text = yaml.safe_dump(suite | changes)
        (self.root / f"{name}.promptevo.yaml").write_text(text)

    def ini(self, *servers: Misbehaving, **settings: object) -> None:
        where = {"ollama_hosts": " ".join(server.address for server in servers)}
        if self.kind == "openai":
            where = {"openai_base_url": f"{servers[0].address}/v1"}
        lines = [f"promptevo_{key} = {value}" for key, value in (where | settings).items()]
        (self.root / "pytest.ini").write_text("\n".join(["[pytest]", *lines, ""]))

    def run(self, *options: str) -> pytest.RunResult:
        quick = ("no:randomly", "no:hypothesispytest", "no:anyio")
        plugins = [word for name in quick for word in ("-p", name)]
        return self._pytester.runpytest_inprocess(*plugins, *options)

    def forget(self) -> dict[str, bytes]:
        """Removes lock, recordings and store; returns what is under version control of them."""
        shutil.rmtree(self.store.parent)
        kept = [self.root / "promptevo.lock", *(self.root / "promptevo_recordings").iterdir()]
        made = {path.name: path.read_bytes() for path in kept}
        for path in kept:
            path.unlink()
        return made

    def stored(self) -> int:
        with closing(sqlite3.connect(self.store)) as database:
            return int(database.execute("SELECT count(*) FROM answers").fetchone()[0])


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, kind: str) -> Project:
    for name in ("CI", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)
    return Project(pytester, kind)


@pytest.fixture
def copier(make_server: MakeServer) -> Misbehaving:
    server = make_server()
    server.always = copies
    return server


only_ollama = pytest.mark.parametrize("kind", ["ollama"])


def prompts(server: Misbehaving) -> list[str]:
    return [json.dumps(seen.body["messages"]) for seen in server.chats]


def test_a_search_that_meets_every_passing_fault_loses_nothing(
    project: Project, copier: Misbehaving
) -> None:
    project.suite()
    project.ini(copier)
    for fault in PASSING.values():
        copier.script.extend([fault, copies])
    result = project.run(*SEARCH)
    result.assert_outcomes(passed=5)
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not copier.script
    assert len(prompts(copier)) == project.stored() + len(PASSING)
    assert len(set(prompts(copier))) == project.stored()


def test_a_server_that_goes_in_the_middle_of_a_search_is_waited_for(
    project: Project, copier: Misbehaving
) -> None:
    project.suite()
    project.ini(copier, patience=30)
    copier.work_s = 0.02
    away_s = 3.0

    def outage() -> None:
        begun = time.monotonic()
        while len(copier.chats) < 15 and time.monotonic() < begun + 60:
            time.sleep(0.01)
        copier.stop()
        time.sleep(away_s)
        copier.start()

    breaker = threading.Thread(target=outage)
    breaker.start()
    started = time.monotonic()
    result = project.run(*SEARCH)
    breaker.join()
    result.assert_outcomes(passed=5)
    assert time.monotonic() - started > away_s
    result.stdout.fnmatch_lines([f"promptevo: {project.kind}:tiny:latest: {copier.address}*"])
    assert str(result.stdout).count("waiting for it up to 30 s") == 1
    result.stdout.no_fnmatch_line("*Traceback*")
    assert len(set(prompts(copier))) == project.stored()
    assert len(prompts(copier)) <= project.stored() + 2


@only_ollama
def test_half_a_minute_without_a_server_changes_nothing_of_a_search(
    project: Project, copier: Misbehaving
) -> None:
    """With the default patience: the same lock, every answer kept, none asked for twice."""
    project.suite()
    project.ini(copier)
    project.run(*SEARCH).assert_outcomes(passed=5)
    undisturbed, calls = project.forget(), len(copier.chats)
    left = threading.Event()

    def leaves(_handler: Handler, _body: dict[str, Any]) -> None:
        left.set()
        time.sleep(1)  # by then there is no connection left to answer on

    def outage() -> None:
        assert left.wait(120)
        copier.stop()
        time.sleep(30)
        copier.start()

    copier.script.extend([copies] * 15 + [leaves])
    breaker = threading.Thread(target=outage)
    breaker.start()
    result = project.run(*SEARCH)
    breaker.join()
    result.assert_outcomes(passed=5)
    assert result.duration > 30
    assert str(result.stdout).count("waiting for it up to 60 s") == 1
    asked = prompts(copier)[calls:]
    assert asked.pop(15) == asked[15]  # the one that it left without an answer
    assert len(asked) == len(set(asked)) == project.stored() == calls
    assert project.forget() == undisturbed


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_server_that_stays_away_is_told_once_and_waited_for_once(
    project: Project, server: Misbehaving, workers: tuple[str, ...]
) -> None:
    project.suite(count=8)
    project.ini(server, patience=1)
    server.stop()
    result = project.run(*workers)
    result.assert_outcomes(failed=9)
    report = str(result.stdout).partition("short test summary")[0]
    assert report.count("hint: ") == report.count("promptevo_patience waits longer")
    assert 1 <= report.count("hint: ") <= max(1, 2 * len(workers))
    assert "no answer within 1 s of waiting" in report
    if not workers:
        assert "waiting for it up to 1 s (ini: promptevo_patience)" in str(result.stdout)
    assert "is unavailable, see the first failure" in report
    gate = [line for line in report.splitlines() if "cannot judge" in line]
    assert len(gate) == 1
    assert ("no answer within 1 s of waiting" in gate[0]) or workers
    result.stdout.no_fnmatch_line("*Traceback*")


def test_workers_tell_that_they_wait_while_they_do(project: Project, server: Misbehaving) -> None:
    project.suite(count=2)
    project.ini(server, patience=1)
    server.stop()
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", "-n2"],
        cwd=project.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    before, _, after = done.stdout.partition("= FAILURES =")
    assert "waiting for it up to 1 s (ini: promptevo_patience)" in before
    assert "waiting for it" not in after


def test_a_server_that_goes_in_the_middle_fails_the_rest_at_once_and_keeps_what_is_paid(
    project: Project, copier: Misbehaving
) -> None:
    project.suite(count=24, genome=SUITE["genome"] | {"instruction": "Copy"})
    project.ini(copier, patience=1, concurrency=4)
    copier.script.extend([copies] * 6)
    copier.always = fails(503)
    result = project.run()
    result.assert_outcomes(passed=6, failed=19)
    report = str(result.stdout).partition("short test summary")[0]
    assert report.count("waiting for it up to") == 1
    assert report.count("hint: ") == 1
    assert report.count("is unavailable, see the first failure") == 1
    result.stdout.fnmatch_lines(["the same for * and 13 more"])
    assert project.stored() == 6
    before, copier.always = len(copier.chats), copies
    project.run().assert_outcomes(passed=25)
    assert len(copier.chats) == before + 18


def test_a_search_without_a_server_ends_with_one_message(
    project: Project, server: Misbehaving
) -> None:
    project.suite()
    project.ini(server, patience=0.5)
    server.stop()
    result = project.run("--evolve")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert str(result.stdout).count("no answer within 0.5 s of waiting") == 1
    assert str(result.stdout).count("promptevo_patience waits longer") == 1
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not (project.root / "promptevo.lock").exists()


def test_a_search_that_ends_with_its_server_goes_on_where_it_ended(
    project: Project, copier: Misbehaving
) -> None:
    project.suite()
    project.ini(copier, patience=0.5)
    copier.script.extend([copies] * 12 + [fails(503)] * 100)
    result = project.run(*SEARCH)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert project.stored() == 12
    copier.script.clear()
    project.run(*SEARCH).assert_outcomes(passed=5)
    assert len(set(prompts(copier))) == project.stored()


@only_ollama
def test_a_model_that_is_not_there_shows_how_to_pull_it(
    project: Project, server: Misbehaving
) -> None:
    project.suite(models={"primary": "ollama:llama3.1:8b"})
    project.ini(server)
    for options in ((), ("--evolve",)):
        result = project.run(*options)
        assert result.ret == pytest.ExitCode.TESTS_FAILED
        result.stdout.fnmatch_lines(["*hint: ollama pull llama3.1:8b*"])
        result.stdout.no_fnmatch_line("*Traceback*")


@only_ollama
def test_a_prompt_that_does_not_fit_names_example_tokens_and_context(
    project: Project, server: Misbehaving
) -> None:
    project.suite(count=1, genome=SUITE["genome"] | {"num_ctx": 64})
    project.ini(server)
    server.script.append(fails(400, "the input length exceeds the context length"))
    result = project.run()
    result.stdout.fnmatch_lines(
        [
            "example 'e0': ollama:*: the prompt needs about * tokens, the context holds 64 "
            "(num_ctx): the prompt has * characters, * of them in the text for this example"
        ]
    )
    assert server.chats[0].body["options"]["num_ctx"] == 64


@pytest.mark.parametrize("text", ["", "<think>m0</think>", "<think>m0", "m0</think>"])
def test_thoughts_alone_never_pass(project: Project, server: Misbehaving, text: str) -> None:
    project.suite(count=1, scorers=[{"regex": {"pattern": ".*"}}], output={"max_repairs": 0})
    project.ini(server)
    server.always = says(text)
    result = project.run()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*the answer is empty*"])


@only_ollama
def test_the_ini_settings_reach_ollama(project: Project, make_server: MakeServer) -> None:
    schema = {"type": "object", "required": ["a"]}
    project.suite(
        count=12,
        output={"format": "json", "schema": schema, "constrain": True, "max_repairs": 0},
        scorers=["json_schema"],
    )
    servers = [make_server(work_s=0.05), make_server(work_s=0.05)]
    project.ini(*servers, ollama_keep_alive="10m", concurrency=4)
    project.run()
    bodies = [seen.body for server in servers for seen in server.chats]
    # On a busy machine the last call may be asked of the other server, too.
    assert len({str(body["messages"]) for body in bodies}) == 12
    assert {body["keep_alive"] for body in bodies} == {"10m"}
    assert all(body["format"] == schema for body in bodies)
    assert [server.most_in_flight for server in servers] == [2, 2]


def test_the_timeout_of_the_ini_is_kept(project: Project, copier: Misbehaving) -> None:
    project.suite(count=1, genome=SUITE["genome"] | {"instruction": "Copy"})
    project.ini(copier, timeout=0.5)
    copier.script.append(hangs(3.0))
    project.run().assert_outcomes(passed=2)
    assert len(copier.chats) == 2


def test_workers_of_xdist_keep_the_limit_together(project: Project, copier: Misbehaving) -> None:
    project.suite(count=16, genome=SUITE["genome"] | {"instruction": "Copy"})
    project.ini(copier)
    copier.work_s = 0.05
    project.run("-n3").assert_outcomes(passed=17)
    assert copier.most_in_flight == 1


@only_ollama
def test_a_tag_that_was_pulled_anew_is_asked_again_and_the_lock_is_out_of_date(
    project: Project, copier: Misbehaving
) -> None:
    project.suite(genome=SUITE["genome"] | {"instruction": "Copy"})
    project.ini(copier)
    project.run("--promptevo-update-lock").assert_outcomes(passed=5)
    recordings = project.root / "promptevo_recordings" / "copy.jsonl"
    before, asked = recordings.read_bytes(), len(copier.chats)
    copier.models["tiny:latest"] = "cd" * 32
    result = project.run()
    result.assert_outcomes(passed=5, xfailed=1)
    result.stdout.fnmatch_lines(
        ["copy: the lock is out of date (the weights of model 'primary' (ollama:tiny:latest) *"]
    )
    assert len(copier.chats) == 2 * asked
    assert recordings.read_bytes() == before
    project.run("--promptevo-locked").assert_outcomes(passed=5, failed=1)
    project.run("--promptevo-record=none").assert_outcomes(passed=6)
    project.run("--promptevo-update-lock").assert_outcomes(passed=6)
    assert len(copier.chats) == 2 * asked
    assert recordings.read_bytes() != before
    project.run("--promptevo-locked", "--promptevo-record=none").assert_outcomes(passed=6)
