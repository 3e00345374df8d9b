"""References are made of what reads suites and command lines; pages name what there is."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.suite.published_schema import SCHEMA_FILE

from .samples import ROOT, pages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

SCHEMA = json.loads(SCHEMA_FILE.read_text("utf-8"))


def _module(name: str) -> ModuleType:
    path = ROOT / "docs" / "generate" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def suite_reference() -> str:
    made: str = _module("suite_reference").suite_reference(SCHEMA)
    return made


def _properties(part: Any) -> Iterator[str]:
    """Yields every name of a key, at any depth."""
    if isinstance(part, dict):
        yield from part.get("properties", {})
        for inner in part.values():
            yield from _properties(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _properties(inner)


def test_the_reference_has_every_key_of_the_schema(suite_reference: str) -> None:
    rows = re.findall(r"^\| `(\S+)` \|", suite_reference, re.MULTILINE)
    headings = re.findall(r"^### `(\w+)`", suite_reference, re.MULTILINE)
    assert headings == list(SCHEMA["properties"])
    named = {*headings, *(row.rpartition(".")[2] for row in rows)}
    assert set(_properties(SCHEMA)) <= named
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize(
    "row",
    [
        "| `output.max_repairs` | whole number from 0 to 10 | `2` | How often",
        "| `golden[].expected` | any value |  | What the scorers compare",
        "| `search.shots.few_shot` | text or list of (mapping); keys as of [`golden[]`]",
        '| `scorers[].judge.role` | text | `"judge"` | The role of',
        "| `tags.NAME.min` | number from 0 to 1 |",
        "| `rollout.margin` | number above 0, below 1 | `0.05` |",
        "| `rollout.control` | number at least 0, below 1 | `0.05` |",
        "| `rollout.stages` | list of (number above 0, at most 1) | `[0.1, 0.5, 1.0]` |",
        "| `rollout.half_life` | number, at least 1 | `10000` |",
    ],
)
def test_a_row_tells_what_the_schema_says(suite_reference: str, row: str) -> None:
    assert f"\n{row}" in suite_reference


def test_what_a_suite_cannot_do_without_is_told(suite_reference: str) -> None:
    needed = re.findall(r"^### `(\w+)`.*\n\n.* Required\.$", suite_reference, re.MULTILINE)
    assert needed == SCHEMA["required"]


def test_its_links_lead_to_its_headings(suite_reference: str) -> None:
    links = set(re.findall(r"\(#([\w-]+)\)", suite_reference))
    assert links
    assert links <= set(re.findall(r"\{ #([\w-]+) \}", suite_reference))


@pytest.fixture(scope="module")
def helped(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What ``pytest --help`` prints."""
    command = [sys.executable, "-m", "pytest", "--help"]
    done = subprocess.run(
        command, cwd=tmp_path_factory.mktemp("help"), capture_output=True, text=True, check=True
    )
    return done.stdout


OPTION = re.compile(r"--(?:evolve|promptevo-[a-z-]+)(?=[=\[` ,.:;)\n]|$)")
SETTING = re.compile(r"(?<![\w./-])promptevo_[a-z_]+(?![\w(])")


def test_options_and_settings_are_those_of_help(helped: str) -> None:
    made = _module("options_reference")
    options = re.findall(r"^\| `(--[a-z-]+)", made.options_reference(), re.MULTILINE)
    settings = re.findall(r"^\| `(\w+)` \|", made.settings_reference(), re.MULTILINE)
    assert set(options) == set(re.findall(r"^  (--evolve|--promptevo-[a-z-]+)", helped, re.M))
    assert set(settings) == set(re.findall(r"^  (promptevo_\w+) ", helped, re.M))


def test_commands_have_their_help() -> None:
    made = _module("options_reference").commands_reference()
    for name in ("init", "import", "status", "off", "nightly", "diff", "merge", "schema"):
        assert (
            f"### promptevo {name} {{ #promptevo-{name} }}\n\n```text\nusage: promptevo {name}"
            in made
        )


MADE_OF = re.compile(r"^<!-- made of: (.+) -->\n(.*)$", re.MULTILINE)
MADE_PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for path in pages()
    if "<!-- made of: " in path.read_text("utf-8")
}


@pytest.mark.parametrize("page", MADE_PAGES)
def test_a_reader_of_the_repository_is_told_where_to_read_what_the_site_has(
    page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = MADE_OF.findall(MADE_PAGES[page])
    assert len(told) == MADE_PAGES[page].count("<!-- made of: ")
    assert all(line for _, line in told)
    monkeypatch.syspath_prepend(ROOT / "docs" / "generate")
    hook = _module("hook")
    built = hook.on_page_markdown(MADE_PAGES[page])
    for name, line in told:
        assert line not in built
        assert hook.MADE[name]() in built


PROPERTIES = ("quality", "fitness", "latency_ms", "tokens", "repairs", "genome", "digest", "model")
NO_SETTINGS = {
    "promptevo_recordings",
    "promptevo_scorers",
    *(f"promptevo_{name}" for name in PROPERTIES),
}


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_pages_name_options_and_settings_that_there_are(path: Any, helped: str) -> None:
    text = path.read_text("utf-8")
    assert set(OPTION.findall(text)) <= set(OPTION.findall(helped))
    assert set(SETTING.findall(text)) - NO_SETTINGS <= set(SETTING.findall(helped))
