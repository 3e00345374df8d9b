"""`promptevo init` in folders as people have them; pytest runs on what it writes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import fastjsonschema
import pytest

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.commands import starting
from pytest_promptevo.commands.main import DONE, FAILED, WRONG, main
from pytest_promptevo.suite.published_schema import SCHEMA_FILE, suite_schema

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN = {
    "city.promptevo.yaml",
    "conftest.py",
    "golden/city.jsonl",
    "golden/city_shots.jsonl",
    "promptevo.lock",
    "promptevo_recordings/city.jsonl",
    "suite.schema.json",
}
WORKFLOW = ".github/workflows/promptevo.yml"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PROMPTEVO_CACHE", str(tmp_path / "no-models"))
    return folder


def files(folder: Path) -> set[str]:
    """Returns the files that somebody would commit."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {".promptevo", "__pycache__", ".git"} & set(path.parts)
    }


def run_pytest(*arguments: str, **environment: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    return done.returncode, done.stdout + done.stderr


def test_in_an_empty_folder_all_passes_without_a_model(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes"]) == DONE
    told = capsys.readouterr().out
    assert files(empty) == WRITTEN | {WORKFLOW, "pytest.ini"}
    assert all(name in told for name in files(empty))
    assert "- run: pytest\n" in (empty / WORKFLOW).read_text()
    # The lock that comes along is what a run writes.
    shipped = starting._STARTER / "lock.yaml"
    assert (empty / "promptevo.lock").read_text() == shipped.read_text()
    suite = empty / "city.promptevo.yaml"
    assert suite.read_text().startswith("# yaml-language-server: $schema=suite.schema.json\n")
    assert (empty / "suite.schema.json").read_text() == SCHEMA_FILE.read_text()
    fastjsonschema.validate(suite_schema(), yaml_reader.load(suite.read_text(), suite).data)
    code, said = run_pytest("--promptevo-locked", "--strict-markers", CI="true")
    assert code == 0, said
    assert "19 passed, 7 xfailed" in said


@pytest.mark.parametrize("name", sorted([*WRITTEN, "pytest.ini"]))
def test_no_file_is_overwritten(empty: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    own = empty / name
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text("[pytest]\n")
    code = main(["init", "--yes"])
    assert own.read_text() == "[pytest]\n"
    if name == "pytest.ini":  # the project has its root
        assert code == DONE
        return
    assert code == WRONG
    assert files(empty) == {name}
    said = capsys.readouterr().err
    assert f"these files are there: {name}: begin in a folder of its own" in said


def test_a_dangling_link_is_a_file_that_is_there(empty: Path) -> None:
    (empty / "conftest.py").symlink_to(empty / "elsewhere.py")
    assert main(["init", "--yes"]) == WRONG
    assert not (empty / "elsewhere.py").exists()


def test_a_linked_folder_is_not_written_to(
    empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "other").mkdir()
    (empty / "golden").symlink_to(tmp_path / "other")
    assert main(["init", "--yes"]) == WRONG
    assert "golden is a link, so nothing is written there" in capsys.readouterr().err
    assert list((tmp_path / "other").iterdir()) == []


def test_in_a_project_that_has_a_root_a_workflow_and_scorers(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty / "pyproject.toml").write_text('[tool.pytest.ini_options]\naddopts = "-n 2"\n')
    (empty / "conftest.py").write_text("")
    (empty / WORKFLOW).parent.mkdir(parents=True)
    (empty / WORKFLOW).write_text("mine")
    subprocess.run(["git", "init", "-q"], cwd=empty, check=True)
    assert main(["init", "my prompts", "--yes"]) == DONE, capsys.readouterr()
    assert (empty / WORKFLOW).read_text() == "mine"
    assert not (empty / "pytest.ini").exists()
    assert {f"my prompts/{name}" for name in WRITTEN} <= files(empty)
    # The lock knows the scorer by its path from the root.
    assert "my prompts/conftest.py: sha256:" in (empty / "my prompts/promptevo.lock").read_text()
    assert run_pytest("--promptevo-locked", CI="true")[0] == 0
    assert "pytest 'my prompts' --evolve=all" in capsys.readouterr().out


def test_the_workflow_stands_at_the_top_of_the_repository(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run(["git", "init", "-q"], cwd=empty, check=True)
    (empty / "service").mkdir()
    monkeypatch.chdir(empty / "service")
    assert main(["init", "prompts", "--yes"]) == DONE
    assert "- run: pytest service/prompts\n" in (empty / WORKFLOW).read_text()
    assert (empty / "service" / "pytest.ini").exists()


def test_below_another_first_suite_nothing_is_written(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes"]) == DONE
    before = files(empty)
    assert main(["init", "second", "--yes"]) == WRONG
    assert "conftest.py offers the scorer same_city already" in capsys.readouterr().err
    assert files(empty) == before
    assert run_pytest("--promptevo-locked", CI="true")[0] == 0


def test_another_model_has_no_recorded_answers(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes", "--model", "scripted:bot:answer"]) == DONE
    assert "asks scripted:bot:answer" in capsys.readouterr().out
    assert "promptevo.lock" not in files(empty)
    (empty / "bot.py").write_text("def answer(request):\n    return 'Lisbon'\n")
    code, said = run_pytest()
    assert (code, "1 passed, 24 xfailed" in said) == (0, True), said


@pytest.mark.parametrize(
    ("model", "said"),
    [("gpt-4o", "must look like kind:name"), ("olama:x", "did you mean 'ollama'?"),
     ("ollama:a\nb", "visible characters"), ("ollama:\x1b[2J", "visible characters")],
)  # fmt: skip
def test_a_model_that_is_none(
    empty: Path, capsys: pytest.CaptureFixture[str], model: str, said: str
) -> None:
    assert main(["init", "--yes", "--model", model]) == WRONG
    assert said in capsys.readouterr().err
    assert files(empty) == set()


def test_somebody_at_a_terminal_is_asked(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    answers = ["", "n", "ollama:tiny", ""]
    asked = []

    def answer(question: str) -> str:
        asked.append(question)
        return answers.pop(0)

    monkeypatch.setattr("builtins.input", answer)
    assert main(["init"]) == FAILED
    assert files(empty) == set()
    assert "nothing was written" in capsys.readouterr().out
    assert main(["init"]) == DONE
    assert 'primary: "ollama:tiny"' in (empty / "city.promptevo.yaml").read_text()
    assert len(asked) == 4


def test_what_pytest_says_is_told_where_it_does_not_pass(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty / "pytest.ini").write_text("[pytest]\naddopts = -x\nminversion = 99\n")
    assert main(["init", "--yes"]) == FAILED
    said = capsys.readouterr().err
    assert "the files are written, but pytest does not pass here (exit code " in said
    assert said.endswith("let pytest write the lock: pytest . --promptevo-update-lock\n")
    assert "99" in said


@pytest.mark.real_model
def test_the_recorded_answers_are_the_real_models(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("xllamacpp")
    monkeypatch.delenv("PROMPTEVO_CACHE")
    main(["init", "--yes"])
    code, said = run_pytest("--promptevo-audit=all", CI="true")
    assert code == 0, said
    assert "audit: 24 of 24 recorded answers asked again: " in said
    shutil.rmtree(empty / ".promptevo")


@pytest.mark.parametrize("name", ["-k", "@f", "a::b", "a[b]", "--collect-only", "a\udcff"])
def test_folders_that_pytest_cannot_be_told_of(
    empty: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["init", "--yes", "--", name]) == WRONG
    assert "promptevo: error: " in capsys.readouterr().err
    assert files(empty) == set()


def test_above_another_first_suite_nothing_is_written(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "below/first", "--yes", "--model", "ollama:tiny"]) == DONE
    there = sorted(empty.rglob("*"))
    assert main(["init", "--yes"]) == WRONG
    said = capsys.readouterr().err
    assert "nothing was written, for below/first/conftest.py offers the scorer same_city" in said
    assert sorted(empty.rglob("*")) == there


def test_a_suite_that_would_not_load_is_not_written(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes", "--model", "gguf:/etc/hostname"]) == WRONG
    said = capsys.readouterr().err
    assert "nothing was written, for the suite would not load: city.promptevo.yaml:" in said
    assert list(empty.iterdir()) == []


def test_a_folder_that_is_a_link_to_itself_is_refused(
    empty: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (empty / "loop").symlink_to("loop")
    assert main(["init", "loop", "--yes"]) == WRONG
    assert "loop is a link that leads to itself" in capsys.readouterr().err
    assert files(empty) == set()


def test_a_conftest_of_any_size_is_not_read_whole(empty: Path) -> None:
    with (empty / "conftest.py").open("wb") as file:
        file.write(b"# same_city\n")
        file.truncate(65 << 20)  # no program has so many bytes
    assert main(["init", "sub", "--yes", "--model", "ollama:x"]) == DONE
