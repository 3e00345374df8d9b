"""The console script on real stores, beside processes that serve."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import pytest
from live.scene import SUITE, TEXTS, Scene, wait_until

from pytest_promptevo import __version__
from pytest_promptevo.commands import main as script
from pytest_promptevo.commands.main import DONE, FAILED, WRONG, main
from pytest_promptevo.runtime import live, store_link

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.runtime import Live

QUALITY = dict(zip(TEXTS, (0.8, 0.95, 0.2), strict=True))


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are exact: nothing goes to the spool or the locked genome on a busy machine."""
    monkeypatch.setattr(store_link, "PATIENCE", 20.0)
    monkeypatch.setattr(store_link, "STALE_SECONDS", 60.0)
    monkeypatch.setattr(store_link, "_FIRST_SECONDS", 20.0)
    monkeypatch.setattr(store_link, "TICK_SECONDS", 1e9)


@pytest.fixture
def say_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Any]:
    """Returns what runs a command where a lock is, and returns exit code and output."""

    def there(scene: Scene) -> Callable[..., tuple[int, str]]:
        monkeypatch.chdir(scene.folder)
        if scene.state is not None:
            monkeypatch.setenv("PROMPTEVO_STATE", str(scene.state))
        return run

    def run(*arguments: str) -> tuple[int, str]:
        try:
            code = main(arguments)
        except SystemExit as exc:
            code = int(exc.code or 0)
        return code, "".join(capsys.readouterr())

    return there


@pytest.fixture
def say(scene: Scene, say_where: Any) -> Any:
    return say_where(scene)


def serve(scene: Scene, requests: int, reported: Any = lambda _turn: True, **given: Any) -> None:
    rng = random.Random(1)
    with live(scene.lock, SUITE, scene.state, **given) as orders:
        assert orders.why_locked == ""
        for number in range(requests):
            turn = orders.choose()
            turn.answer(lambda _request: "42", m=f"order {number}")
            if reported(turn):
                turn.report(float(rng.random() < QUALITY[turn.genome["how"]]))


def is_off(orders: Live) -> bool:
    return bool(orders.why_locked)


def change(scene: Scene, statement: str, *arguments: Any) -> None:
    store = scene.open()
    with store.writing() as session:
        session.change(statement, arguments)
    store.close()


def test_status_says_how_a_rollout_stands(scene: Scene, say: Any) -> None:
    serve(scene, 120)
    code, text = say("status", SUITE)
    assert code == DONE
    assert text.startswith("orders: stage 1 of 3, candidates get up to 10 %; on\nsince 2")
    assert "not taken into account yet: 120 outcomes (promptevo tick)" in text
    code, text = say("tick")
    assert (code, text) == (DONE, "orders: 120 new outcomes\n")
    code, text = say("status")
    rows = {line.split()[0]: line for line in text.splitlines()}
    assert "/120" in rows["genome"] or int(rows["genome"].split("/")[1].split()[0]) > 80
    assert " of 5 " in rows["candidate-1"]
    assert "taken into account" not in text
    assert text.splitlines()[-1].startswith("next: ")


def test_the_report_shows_production_where_there_is_a_store(scene: Scene, say: Any) -> None:
    serve(scene, 120)
    say("tick")
    say("pause", SUITE, "--why", "<b>look</b>", "--who", "me")
    code, text = say("report", "--output", "page.html")
    assert (code, text[:18]) == (DONE, "report: page.html ")
    html = (scene.folder / "page.html").read_text("utf-8")
    assert "stage 1 of 3, candidates get up to 10 %; paused" in html
    assert "paused since 2" in html
    assert "&lt;b&gt;look&lt;/b&gt;" in html
    assert "<b>look</b>" not in html
    assert "Shares of traffic" in html
    rows = re.findall(r"<th scope=\"row\">(genome|candidate-\d)", html)
    assert rows == ["genome", "candidate-1", "candidate-2"]


def test_the_report_of_a_store_that_makes_no_sense_says_so(scene: Scene, say: Any) -> None:
    serve(scene, 5)
    say("tick")
    change(scene, "UPDATE promptevo_allocation SET weights = ?", "[[1, 2]]")
    code, text = say("report", "--output", "page.html")
    assert code == FAILED
    assert "promptevo: warning: production of orders: an allocation of orders cannot be" in text
    assert "an allocation of orders cannot be read" in (scene.folder / "page.html").read_text(
        "utf-8"
    )


def test_the_report_of_nothing_is_refused(scene: Scene, say: Any) -> None:
    code, text = say("report", "nobody")
    assert code == WRONG
    assert "no suite 'nobody' below" in text
    scene.lock.unlink()
    code, text = say("report")
    assert code == WRONG
    assert "no suite (*.promptevo.yaml) below ., and no live outcomes" in text
    assert not (scene.folder / "promptevo-report.html").exists()


def test_status_for_programs_has_the_same_figures(scene: Scene, say: Any) -> None:
    serve(scene, 60)
    say("tick")
    code, text = say("status", "--json")
    ((suite),) = json.loads(text)
    assert code == DONE
    assert (suite["suite"], suite["mode"], suite["rollout"]["stage"]) == (SUITE, "on", 1)
    arms = suite["rollout"]["arms"]
    assert [arm["name"] for arm in arms] == ["genome", "candidate-1", "candidate-2"]
    assert sum(arm["n"] for arm in arms) == sum(arm["chosen"] for arm in arms) == 60
    assert sum(arm["share"] for arm in arms) == pytest.approx(1)
    assert {arm["arm"] for arm in arms} == set(scene.arms.by_id)


def test_the_version_is_told(capsys: Any) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert not caught.value.code
    assert capsys.readouterr().out == f"promptevo {__version__}\n"


def test_status_makes_no_store(tmp_path: Any, monkeypatch: Any, capsys: Any) -> None:
    scene = Scene(tmp_path)
    monkeypatch.chdir(scene.folder)
    for command in (["status"], ["queue"], ["queue", "drop", "1"]):
        assert main(command) == FAILED
        assert "there is no store at" in capsys.readouterr().err
    assert not scene.place.spool.parent.exists()


def test_outcomes_that_wait_for_another_store_are_told(scene: Scene, say: Any) -> None:
    scene.open().close()
    scene.place.spool.parent.mkdir(exist_ok=True)
    scene.place.spool.with_name("old.spool.jsonl").touch()
    assert "outcomes wait in" in say("status")[1]


def test_status_before_the_first_request(scene: Scene, say: Any) -> None:
    scene.open().close()
    code, text = say("status")
    assert (code, text) == (
        DONE,
        "orders: the locked genome answers everybody: no rollout of this lock has begun; on\n",
    )


def test_a_store_of_another_lock_is_told(scene: Scene, say: Any) -> None:
    serve(scene, 5)
    code, text = say("status", "--model", "primary=scripted:other:answer")
    assert code == DONE
    assert "the store has 1 rollout of other genomes" in text


def test_reports_that_are_missing_are_told(scene: Scene, say: Any) -> None:
    locked = scene.arms.control.id
    serve(scene, 700, lambda turn: turn.arm == locked or hash(turn.id) % 3 == 0)
    say("tick")
    code, text = say("status")
    assert code == DONE
    assert "warning: " in text
    assert "of the locked genome is reported: what is missing may decide" in text


def test_a_rollout_of_few_users_is_told(scene: Scene, say: Any) -> None:
    with live(scene.lock, SUITE, scene.state) as orders:
        for number in range(40):
            assert orders.choose(f"user {number % 5}").report(1.0)
    say("tick")
    _, text = say("status")
    assert "warning: 35 outcomes are of users that had counted already, 5 of new ones" in text
    assert json.loads(say("status", "--json")[1])[0]["rollout"]["again"] == 35


def test_off_reaches_processes_that_serve_and_on_does(scene: Scene, say: Any) -> None:
    with live(scene.lock, SUITE, scene.state) as orders:
        assert not is_off(orders)
        code, text = say("off", SUITE, "--why", "complaints", "--who", "ann")
        assert code == DONE
        assert text.startswith("orders: off: the locked genome answers everybody")
        assert wait_until(lambda: is_off(orders))
        assert {orders.choose().arm for _ in range(200)} == {scene.arms.control.id}
        _, text = say("status")
        assert "orders: OFF (stage 1 of 3" in text
        assert " by ann: complaints" in text
        assert say("on", SUITE)[0] == DONE
        assert wait_until(lambda: not is_off(orders))


def test_off_again_keeps_the_reason_unless_there_is_a_new_one(scene: Scene, say: Any) -> None:
    scene.open().close()
    told = []
    for arguments in (
        ("off", SUITE, "--why", "complaints", "--who", "ann"),
        ("off", SUITE, "--who", "bob"),
        ("off", SUITE, "--why", "still", "--who", "bob"),
        ("pause", SUITE, "--who", "eve"),
    ):
        assert say(*arguments)[0] == DONE
        (suite,) = json.loads(say("status", "--json")[1])
        (switch,) = suite["switches"]
        told.append((switch["mode"], switch["who"], switch["why"]))
    assert told == [
        ("off", "ann", "complaints"),
        ("off", "ann", "complaints"),
        ("off", "bob", "still"),
        ("paused", "eve", ""),
    ]


def test_all_suites_are_off_whatever_one_is(scene: Scene, say: Any) -> None:
    scene.open().close()
    assert say("off", "--all") == (DONE, f"all suites: off: {MEANS_OFF}\n")
    _, text = say("on", SUITE)
    assert "all suites are not" in text
    with live(scene.lock, SUITE, scene.state) as orders:
        assert is_off(orders)
        say("on", "--all")
        assert wait_until(lambda: not is_off(orders))


MEANS_OFF = "the locked genome answers everybody, in every process within two seconds"


def test_a_lock_that_cannot_be_read_keeps_nobody_from_switching_off(scene: Scene, say: Any) -> None:
    scene.open().close()
    scene.lock.write_text("<<<<<<< ours\n")
    code, text = say("off", SUITE)
    assert code == DONE
    assert "names of suites are not checked" in text
    assert f"orders: off: {MEANS_OFF}" in text


def test_off_in_a_folder_without_a_lock_switches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for suites in ([SUITE], ["--all"], ["--all", "--lock", "nowhere/promptevo.lock"]):
        assert main(["off", *suites]) == FAILED
        assert "no such lock" in capsys.readouterr().err
        assert not list(tmp_path.iterdir())
    for number, suites in enumerate(([SUITE], ["--all"])):
        assert main(["off", *suites, "--state", f"{number}.sqlite"]) == FAILED
        assert "there was no store at" in capsys.readouterr().err
        assert main(["off", *suites, "--state", f"{number}.sqlite"]) == DONE


@pytest.mark.skipif(sys.platform == "win32", reason="needs flock")
def test_a_process_that_is_stopped_in_its_turn_keeps_nobody_from_switching_off(
    tmp_path: Path, say_where: Any
) -> None:
    import fcntl

    scene = Scene(tmp_path)
    say = say_where(scene)
    with live(scene.lock, SUITE) as orders:
        turns = scene.place.address.with_name("live.sqlite.lock")  # type: ignore[union-attr]
        with turns.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            began = time.monotonic()
            assert say("off", SUITE)[0] == DONE
            assert time.monotonic() - began < 5
            assert wait_until(lambda: is_off(orders))


def test_while_it_is_paused_nothing_is_concluded(scene: Scene, say: Any) -> None:
    serve(scene, 40)
    say("pause", SUITE, "--why", "a sale")
    assert say("tick") == (DONE, "orders: 0 new outcomes (paused)\n")
    assert say("restart", SUITE)[0] == FAILED
    assert "orders: paused since" in say("status")[1]
    say("on", SUITE)
    assert say("tick") == (DONE, "orders: 40 new outcomes\n")


def test_a_rollout_begins_anew(scene: Scene, say: Any) -> None:
    serve(scene, 60)
    say("tick")
    assert say("restart", SUITE) == (DONE, "orders: the rollout has begun anew\n")
    rollout = json.loads(say("status", "--json")[1])[0]["rollout"]
    assert {arm["n"] for arm in rollout["arms"]} == {0}
    serve(scene, 30)
    assert say("tick")[1] == "orders: 30 new outcomes\n"
    store = scene.open()
    assert scene.holds(store)["equal"]
    assert len(scene.decisions(store)) == 90
    store.close()


def test_a_candidate_that_is_worse_is_told_with_the_reason(make_scene: Any, say: Any) -> None:
    scene = make_scene(texts=(TEXTS[0], TEXTS[2]))
    with live(scene.lock, SUITE, scene.state) as orders:
        for _ in range(2000):
            turn = orders.choose()
            turn.report(float(turn.genome["how"] == TEXTS[0]))
    say("tick")
    code, text = say("status")
    assert code == DONE
    assert text.startswith("orders: rolled back: the locked genome answers everybody; on")
    assert "candidate-1 is dropped: its reward is lower" in text
    assert "next: a lock with other candidates" in text


def test_tick_moves_what_waits_in_the_spool(scene: Scene, say: Any) -> None:
    with live(scene.lock, SUITE, scene.state) as orders:
        turn = orders.choose()
    arms, spool = scene.arms, scene.place.spool_of(1.0)
    from pytest_promptevo.runtime.reporting import make_report

    nothing = dict.fromkeys(("latency_ms", "tokens", "repairs", "queued"))
    report = make_report(arms, turn.id, quality=1.0, error=False, **nothing)
    assert report is not None
    spool.add(report)
    code, text = say("tick")
    assert code == DONE
    assert text.startswith("1 outcome moved from ")
    assert text.endswith("orders: 1 new outcome\n")


def test_failures_are_answered_and_dropped(scene: Scene, say: Any) -> None:
    serve(scene, 60, redact=lambda inputs: inputs)
    code, text = say("queue", "--json")
    rows = json.loads(text)
    assert code == DONE
    assert len(rows) > 3
    first, second, third, *_ = (str(row["id"]) for row in rows)
    assert rows[0]["inputs"]["m"].startswith("order ")
    assert say("queue", "answer", first, "48213")[0] == DONE
    assert say("queue", "answer", second, '{"n": 1}', "--as-json")[0] == DONE
    assert say("queue", "drop", third)[0] == DONE
    everything = {row["id"]: row for row in json.loads(say("queue", "--all", "--json")[1])}
    told = [
        (everything[int(one)]["status"], everything[int(one)]["expected"])
        for one in (first, second, third)
    ]
    assert told == [("ready", "48213"), ("ready", {"n": 1}), ("dropped", None)]
    assert {row["status"] for row in json.loads(say("queue", "--json")[1])} == {"waits"}
    assert "these are the first 1: --limit shows more" in say("queue", "--limit", "1")[1]
    assert say("queue", "--suite", "other")[1] == "no failure of other waits for an answer\n"


def test_several_failures_are_dropped_at_once(scene: Scene, say: Any) -> None:
    serve(scene, 60, redact=lambda inputs: inputs)
    first, second, *_ = (str(row["id"]) for row in json.loads(say("queue", "--json")[1]))
    told = "".join(f"orders: failure {number} is left out\n" for number in (first, second))
    assert say("queue", "drop", first, second, first) == (DONE, told)
    assert say("queue", "drop", "999999")[0] == WRONG


def test_a_failure_without_inputs_cannot_become_an_example(scene: Scene, say: Any) -> None:
    with live(scene.lock, SUITE, scene.state) as orders:
        turn = orders.choose()
        assert orders.report(turn.id, quality=0.0, expected="48213")
    number = str(json.loads(say("queue", "--all", "--json")[1])[0]["id"])
    code, text = say("queue", "answer", number, "48213")
    assert code == WRONG
    assert f"failure {number} has no inputs" in text


def test_what_others_wrote_moves_no_terminal(scene: Scene, say: Any) -> None:
    with live(scene.lock, SUITE, scene.state, redact=lambda inputs: inputs) as orders:
        turn = orders.choose()
        turn.answer(lambda _request: "\x1b[2J\n::error::x", m="\u202e\n##[error]")
        turn.report(0.0)
    say("off", SUITE, "--why", "\x1b]0;x\x07\n::error", "--who", "\x9b1m")
    for command in (["queue"], ["status"]):
        code, text = say(*command)
        assert code == DONE
        assert not set(text) & set("\x1b\x07\x9b\u202e")
        assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
        assert "##[" not in text


WRONGS = (
    (["status", "ordres"], WRONG, "did you mean 'orders'?"),
    (["off"], WRONG, "name suites, or give --all"),
    (["off", SUITE, "--all"], WRONG, "name suites, or give --all"),
    (["status", "--lock", "nowhere.lock"], FAILED, "nowhere.lock: no such lock"),
    (["status", "--model", "primary"], WRONG, "--model must look like ROLE=MODEL"),
    (["status", "--model", "other=openai:x"], WRONG, "has no model role 'other'"),
    (["status", "--state", "mysql://u:secret@host/x"], WRONG, "mysql:// is no store"),
    (["status", "--state", "postgresql://u:secret@127.0.0.1:1/x"], FAILED, "cannot be used"),
    (["status", "--state", ""], WRONG, "--state is empty"),
    (["queue", "drop", "0"], WRONG, "must be a whole number from 1 on"),
    (["queue", "drop", "9999999"], WRONG, "the queue has no failure 9999999"),
    (["queue", "answer", "1", "{", "--as-json"], WRONG, "EXPECTED is no JSON"),
    (["queue", "answer", "1", "NaN", "--as-json"], WRONG, "a text, or JSON data"),
    (["queue", "answer", "1", "48\udcff"], WRONG, "a text, or JSON data"),
    (["nightly", "--report", "."], WRONG, "is a folder: name a file in it"),
    (["on", SUITE, "--why", "gr\udcf6ßer", "--who", "J\udcfcrgen"], 0, "orders: on"),
    ([], WRONG, "COMMAND"),
    (["stauts"], WRONG, "invalid choice"),
)


@pytest.mark.parametrize(("command", "code", "said"), WRONGS)
def test_a_mistake_is_told_without_a_traceback(
    tmp_path: Path, say_where: Any, command: list[str], code: int, said: str
) -> None:
    scene = Scene(tmp_path)
    scene.open().close()
    found, text = say_where(scene)(*command)
    assert found == code
    assert said in text
    assert "secret" not in text
    assert "Traceback" not in text


BAD_PROGRESS = (
    ("'x'", "cannot be read"),
    ("""replace(progress, '"fine"', '"mine"')""", "makes no sense"),
    ("""replace(progress, '"tally": [', '"tally": [-')""", "orders: stage 1 of 3"),
    ("""replace(progress, '"stage": 0', '"stage": 7')""", "orders: stage 1 of 3"),
)


@pytest.mark.parametrize(("progress", "said"), BAD_PROGRESS)
def test_what_somebody_wrote_to_a_store_is_no_reason_for_a_traceback(
    tmp_path: Path, say_where: Any, progress: str, said: str
) -> None:
    scene = Scene(tmp_path)
    say = say_where(scene)
    serve(scene, 40)
    say("tick")
    change(scene, f"UPDATE promptevo_rollout SET progress = {progress}")
    code, text = say("status")
    assert said in text
    assert (code == DONE) == text.startswith("orders: ")


def test_a_file_that_is_no_store_is_told(tmp_path: Any, monkeypatch: Any, capsys: Any) -> None:
    Scene(tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("no database at all, but a text of some length" * 9)
    assert main(["off", SUITE, "--state", "notes.txt"]) == FAILED
    assert "notes.txt cannot be used: file is not a database" in capsys.readouterr().err


def test_every_command_teaches_by_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("status", "off", "on", "pause", "restart", "tick", "queue")
    for name in names:
        with pytest.raises(SystemExit):
            main([name, "--help"])
        assert f"example:\n  promptevo {name}" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["--help"])
    text = capsys.readouterr().out
    assert all(f"\n    {name} " in text for name in names)


def test_the_console_script_is_installed() -> None:
    (found,) = entry_points(group="console_scripts", name="promptevo")
    assert found.load() is main


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe breaks otherwise there")
def test_a_reader_that_reads_no_more_is_no_error(scene: Scene) -> None:
    scene.open().close()
    code = f"from {script.__name__} import main; raise SystemExit(main())"
    state = {} if scene.state is None else {"PROMPTEVO_STATE": str(scene.state)}
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-c", code, "status"],
        cwd=scene.folder,
        env={**os.environ, **state},
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (FAILED, "")
