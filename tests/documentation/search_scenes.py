"""Folders for samples of searches: a real model whose answers are known, or a scripted one."""

from __future__ import annotations

import re
import shlex
import shutil
import socket
from typing import TYPE_CHECKING

import yaml
from night import scene as night

from .recorded_answers import restore
from .samples import ROOT, block_that_begins
from .scenes import git
from .stage import scene

if TYPE_CHECKING:
    from .stage import Commands, Stage

_FILE = "order_number.promptevo.yaml"

_SKILLS = """\
import re


def answer(request):
    instruction, message = request.messages[-1].content.split("\\n", 1)
    number = int(re.search(r"\\d{4}", message)[0])
    slips = {"Copy it.": (1037, 1407), "Reply with it.": (1074, 1481)}
    fails = number in slips[instruction] if instruction in slips else number % 2
    return "none" if fails else str(number)
"""


def _first_suite(stage: Stage) -> None:
    """The first suite of the README, with the examples of the example project."""
    shutil.copytree(ROOT / "example_project" / "golden", stage.folder / "golden")
    stage.write(_FILE, block_that_begins(f"# {_FILE}"))


@scene
def shipped(stage: Stage) -> None:
    """The first suite; what its model is asked stands in the local store by now."""
    _first_suite(stage)
    restore(stage.folder)


@scene
def evolved(stage: Stage) -> None:
    """The same after a search, beside a lock of another suite that is committed."""
    shipped(stage)
    locked = (ROOT / "example_project" / "promptevo.lock").read_text("utf-8")
    entry = re.compile(r"^  order-number:\n(    .*\n)+", re.MULTILINE)
    stage.write("promptevo.lock", entry.sub("", locked))
    stage.succeed("git init --quiet; git add promptevo.lock")
    stage.succeed("pytest order_number.promptevo.yaml --evolve --promptevo-budget=500")


@scene
def ollama(stage: Stage) -> None:
    """The first suite in a repository, and an Ollama server with a scripted model."""
    _first_suite(stage)
    git(stage)
    # Forty examples are enough for a winner.
    golden = (ROOT / "example_project" / "golden" / "order_number.jsonl").read_text("utf-8")
    stage.write("golden/order_number.jsonl", "".join(golden.splitlines(keepends=True)[:40]))
    stage.write("pytest.ini", "[pytest]\npromptevo_budget = 300\n")
    server = stage.fixture("ollama_like")
    stage.environment["OLLAMA_HOST"] = server.address


@scene
def cluster(stage: Stage) -> Commands:
    """The commands of three machines on this one."""
    candidates(stage)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    words = (shlex.split(line, comments=True) for line in stage.sample.text.splitlines())
    scheduler, worker, run = (shlex.join(each).replace("HOST:8786", address) for each in words)
    port = address.partition(":")[2]
    scheduler += f" --host 127.0.0.1 --port {port} --no-dashboard"
    both = f"{scheduler} >scheduler.log 2>&1 & {worker} --no-dashboard >worker.log 2>&1 &"
    return [(f"trap 'kill $(jobs -p)' EXIT; {both} {run}", None)]


@scene
def candidates(stage: Stage) -> None:
    """A suite that fails; a search finds a winner, and a genome that is as good as that."""
    examples = [night.example(number) for number in range(72)]
    stage.write_rows("golden/orders.jsonl", examples)
    stage.write("model.py", _SKILLS)
    document = {
        **{key: value for key, value in night.SUITE.items() if key != "search"},
        "models": {"primary": "scripted:model:answer"},
        "genome": {"instruction": "Extract it.", "temperature": 0, "max_tokens": 16},
        "search": {"instruction": ["Extract it.", "Copy it.", "Reply with it."]},
        "objectives": {"quality": {}},
        "threshold": 0.8,
    }
    stage.write("orders.promptevo.yaml", yaml.safe_dump(document))
    stage.write("pytest.ini", "[pytest]\npromptevo_strategy = classic\n")


@scene
def proposed(stage: Stage) -> None:
    """The same after the search."""
    candidates(stage)
    stage.succeed("pytest --evolve --promptevo-candidates=3")
