"""The demo as its command runs it: on recorded answers of the embedded model and a scripted one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "example_project" / "demo"
PLACES = ("home", "here", "scratch", "cache")
MODEL = '''
import json, re

def answer(request):
    """Copies the first number where there are few-shot examples to learn it from."""
    text = request.messages[-1].content
    found = re.findall(r"[A-Z0-9-]*[0-9][0-9-]*", text)
    is_shown = any(message.role == "assistant" for message in request.messages)
    number = found[0] if found and (is_shown or len(text) % 4) else "1"
    return json.dumps({"order_number": number})
'''


class Demo:
    """The command with folders of its own.

    Args:
        folder: Where they are.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in PLACES:
            (folder / name).mkdir()

    def run(self, *options: str, **environ: str) -> str:
        """Runs it and returns what it prints."""
        home, here, scratch, cache = (str(self.folder / name) for name in PLACES)
        told = {
            **os.environ,
            **{"HOME": home, "TMPDIR": scratch, "TEMP": scratch, "PROMPTEVO_CACHE": cache},
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(self.folder))),
            **{"PYTHONDONTWRITEBYTECODE": "1", **environ},
        }
        command = [sys.executable, "-m", "example_project.demo", *options]
        done = subprocess.run(
            command, cwd=here, env=told, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def written(self) -> list[Path]:
        """Returns what lies in its folders."""
        return [path for name in PLACES for path in (self.folder / name).rglob("*")]


def files_of_the_example() -> dict[Path, tuple[int, int]]:
    return {
        path: (path.stat().st_mtime_ns, path.stat().st_size)
        for path in DEMO.parent.rglob("*")
        if path.is_file() and not {"__pycache__", ".promptevo", ".pytest_cache"} & {*path.parts}
    }


def files_of(folder: Path) -> list[str]:
    """Returns the options that put what is recorded, and what it is made in, into a folder."""
    names = {"recorded": "answers.gz", "figures": "figures.json", "workshop": "workshop"}
    return [f"--{name}={folder / file}" for name, file in names.items()]


RECORD = ("--record", "--model=scripted:demo_model:answer")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A demo whose answers are recorded."""
    demo = Demo(tmp_path_factory.mktemp("demo"))
    (demo.folder / "demo_model.py").write_text(MODEL, "utf-8")
    answers, asked = demo.run(*RECORD, *files_of(demo.folder)).split(" answers, ")
    assert asked == f"{answers} of them asked for now\n"
    return demo


@pytest.fixture(scope="module")
def shown(recorded: Demo) -> dict[str, Any]:
    """What the demo tells, as data; and that it leaves nothing behind."""
    before, written = files_of_the_example(), recorded.written()
    options = ("--json", "--model=scripted:demo_model:answer", files_of(recorded.folder)[0])
    told: dict[str, Any] = json.loads(recorded.run(*options))
    assert recorded.written() == written
    assert files_of_the_example() == before
    return told


def test_the_searches_come_to_the_figures_that_were_recorded(
    recorded: Demo, shown: dict[str, Any]
) -> None:
    figures = recorded.folder / "figures.json"
    assert shown["figures"] == json.loads(figures.read_text("utf-8"))


def test_the_embedded_models_answers_come_to_the_figures_that_were_recorded(
    tmp_path: Path,
) -> None:
    demo = Demo(tmp_path)
    told = json.loads(demo.run("--json", "--requests=1600"))
    assert demo.written() == []
    assert told["figures"] == json.loads((DEMO / "figures.json").read_text("utf-8"))
    assert told["figures"]["verdict"] == "confirmed"
    measured = told["figures"]["measured"]
    evolved = measured.pop("evolved")
    assert all(evolved["fitness"] > other["fitness"] for other in measured.values())
    assert (DEMO / "recorded.jsonl.gz").stat().st_size < 1_500_000


def test_the_evolved_genome_is_better_than_what_was_shipped(shown: dict[str, Any]) -> None:
    measured = shown["figures"]["measured"]
    assert measured["evolved"]["fitness"] > measured["shipped"]["fitness"]
    assert shown["figures"]["verdict"] == "confirmed"


def test_every_request_is_answered_and_every_outcome_kept(shown: dict[str, Any]) -> None:
    traffic = shown["traffic"]
    served = sum(sum(window["chosen"].values()) for window in traffic["windows"])
    assert served == 4800
    # Twenty more were chosen before the store was lost, and reported while it was gone.
    assert traffic["outcomes"] == served + 20
    assert traffic["spooled"] == 220
    assert any("; 220 outcomes wait in the spool" in line for line in traffic["lines"])


def test_candidates_get_more_by_evidence_and_the_bad_one_nothing(shown: dict[str, Any]) -> None:
    traffic = shown["traffic"]
    windows, spoiled = traffic["windows"], traffic["spoiled"]
    assert windows[0]["chosen"]["locked"] > 400  # stages change when chance lets the evidence
    stages = [line for line in traffic["lines"] if "candidates get up to" in line]
    assert [line.split("up to ")[1] for line in stages] == ["10%", "50%", "100%"]
    before, last = (windows[index]["chosen"] for index in (2, -1))
    assert sum(before.values()) - before["locked"] > before["locked"]
    assert last.get(spoiled, 0) < 0.05 * sum(last.values())


def test_the_locked_genome_answers_without_a_store_and_when_switched_off(
    shown: dict[str, Any],
) -> None:
    traffic = shown["traffic"]
    assert traffic["locked_while_lost"] == 200
    assert traffic["switched_after"] < 2.5
    assert any("200 requests got locked" in line for line in traffic["lines"])


def test_alpha_and_beta_are_the_sums_of_fractional_rewards(shown: dict[str, Any]) -> None:
    traffic = shown["traffic"]
    for name, rewards in traffic["rewards"].items():
        alpha, beta = traffic["posteriors"][name]
        assert alpha == pytest.approx(1 + sum(rewards))
        assert beta == pytest.approx(1 + len(rewards) - sum(rewards))
    assert sum(map(len, traffic["rewards"].values())) == traffic["outcomes"]


def test_what_was_asked_is_not_asked_again(recorded: Demo) -> None:
    files = [recorded.folder / name for name in ("answers.gz", "figures.json")]
    kept = [path.read_bytes() for path in files]
    told = recorded.run(*RECORD, *files_of(recorded.folder))
    assert told.endswith(" answers, 0 of them asked for now\n")
    assert [path.read_bytes() for path in files] == kept


def test_a_missing_file_of_answers_is_told(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "example_project.demo", f"--recorded={tmp_path / 'none.gz'}"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert "none.gz is missing: make it with --record, or use --live" in done.stderr
