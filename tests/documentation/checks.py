"""Samples of code and files: each is put where it belongs, and used."""

from __future__ import annotations

import os
import re
import shlex
from typing import TYPE_CHECKING

import yaml

from .samples import ROOT
from .scenes import example
from .stage import scene

if TYPE_CHECKING:
    from .stage import Commands, Stage

_COLLECT = [("pytest --collect-only -q", None)]

_SUITE = """\
golden: golden/order_number.jsonl
models: {primary: "scripted:model:answer"}
prompt: {system: Extract it., user: "{{instruction}}\\n{{message}}"}
genome: {instruction: Extract the order number.}
scorers: [exact_match]
threshold: 0
"""

_MODEL = """\
def answer(request):
    return "A " + request.messages[-1].content.split()[-1]
"""


def _golden(stage: Stage) -> None:
    """Examples whose answers `_MODEL` knows, beside it."""
    rows = [{"inputs": {"message": f"order {n}"}, "expected": f"A {n}"} for n in range(11, 16)]
    stage.write_rows("golden/order_number.jsonl", rows)
    stage.write_rows("golden/order_number_shots.jsonl", [{**rows[0], "id": "ord-s01"}])
    stage.write("model.py", _MODEL)


@scene
def suite(stage: Stage) -> Commands:
    """The sample is a suite; the files that it names lie beside it."""
    _golden(stage)
    stage.write("sample.promptevo.yaml", stage.sample.text)
    return _COLLECT


@scene
def suite_part(stage: Stage) -> Commands:
    """The sample stands in a suite in place of the same keys."""
    _golden(stage)
    document = yaml.safe_load(_SUITE) | yaml.safe_load(stage.sample.text)
    stage.write("sample.promptevo.yaml", yaml.safe_dump(document))
    return _COLLECT


@scene
def target(stage: Stage) -> Commands:
    """The sample is the target of a suite."""
    _golden(stage)
    stage.write("replies.py", stage.sample.text)
    document = {**yaml.safe_load(_SUITE), "target": "replies:reply"}
    document["genome"]["shots"] = ["ord-s01"]
    document["search"] = {"shots": {"few_shot": "golden/order_number_shots.jsonl", "max": 1}}
    del document["prompt"]
    stage.write("sample.promptevo.yaml", yaml.safe_dump(document))
    return [("pytest", None)]


@scene
def scorer(stage: Stage) -> Commands:
    """The sample is the conftest.py of a suite."""
    _golden(stage)
    stage.write("conftest.py", stage.sample.text)
    document = yaml.safe_load(_SUITE) | {"scorers": ["starts_with"]}
    stage.write("sample.promptevo.yaml", yaml.safe_dump(document))
    return [("pytest", None)]


@scene
def package(stage: Stage) -> Commands:
    """The sample is a module of an installed package, with a part of its pyproject.toml."""
    _golden(stage)
    (offered,) = re.findall(r'^#   (\w+ = )"(.+)"$', stage.sample.text, re.MULTILINE)
    stage.write("my_package-1.dist-info/METADATA", "Name: my_package\nVersion: 1\n")
    stage.write("my_package-1.dist-info/entry_points.txt", f"[promptevo]\n{''.join(offered)}\n")
    stage.write(f"{offered[1].replace('.', '/')}.py", stage.sample.text)
    stage.environment["PYTHONPATH"] += os.pathsep + str(stage.folder)
    document = yaml.safe_load(_SUITE) | {"scorers": [{"ends_with": {"letter": "5"}}]}
    stage.write("sample.promptevo.yaml", yaml.safe_dump({**document, "scorer_check": False}))
    return [("pytest", "...\nFAILED sample.promptevo.yaml::sample[…\n...")]


@scene
def python_test(stage: Stage) -> Commands:
    """The sample is a test in the example project."""
    example(stage)
    stage.write("test_sample.py", stage.sample.text)
    return [("pytest test_sample.py", None)]


_APPLICATION = """\
import ast, asyncio, inspect
from types import SimpleNamespace

text = "Where is my order 48213?"
ticket, user = SimpleNamespace(), SimpleNamespace(id="u-1")


class Client:
    async def chat(self, request):
        return SimpleNamespace(text=request.messages[-1].content, tokens=20)


def score(data):
    return data == "48213"


names = {"text": text, "ticket": ticket, "user": user, "client": Client(), "score": score}
code = compile(open("sample.txt").read(), "sample", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
made = eval(code, names)
if inspect.isawaitable(made):
    asyncio.run(made)
"""


@scene
def application(stage: Stage) -> Commands:
    """The sample stands in an application that has a text, a ticket, a user, a client, a score."""
    example(stage)
    stage.write("sample.txt", stage.sample.text)
    stage.write("application.py", _APPLICATION)
    return [("python application.py", None)]


@scene
def script(stage: Stage) -> Commands:
    """The sample is a script beside a suite."""
    _golden(stage)
    stage.write("sample.promptevo.yaml", _SUITE)
    stage.write("script.py", stage.sample.text)
    return [("python script.py", None)]


@scene
def tree(stage: Stage) -> Commands:
    """The sample draws the folders and files of a folder of this repository."""
    top, *lines = stage.sample.text.splitlines()
    for line in lines:
        found = re.match(r"[├└]── (\S+)", line)
        assert found, line
        assert (ROOT / top / found[1]).exists(), line
    return []


@scene
def workflow(stage: Stage) -> Commands:
    """The sample is a workflow of GitHub Actions; its steps name what is there."""
    document = yaml.safe_load(stage.sample.text)
    assert {True, "permissions", "jobs"} == document.keys()  # YAML 1.1 reads `on` as true
    (job,) = document["jobs"].values()
    for step in job["steps"]:
        assert len({"run", "uses"} & step.keys()) == 1
        if step.get("uses", "").startswith("./"):
            action = yaml.safe_load((ROOT / step["uses"] / "action.yml").read_text("utf-8"))
            assert step["with"].keys() <= action["inputs"].keys()
    runs = [re.sub(r"\$\{\{.*?\}\}", "x", step["run"]) for step in job["steps"] if "run" in step]
    return [(f"bash -nc {shlex.quote(run)}", None) for run in runs]
