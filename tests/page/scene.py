"""A project whose scripted model gets better with the right genes, and pages of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

MODEL = r'''
import hashlib
import re

from pytest_promptevo.prompt import Completion

GOOD = {"Reply with the number, nothing else.": 0.45, "Find the order number.": 0.25}


def luck(text):
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 2**32


def answer(request):
    """Right more often with a terse instruction, a persona and examples; those cost tokens."""
    text = "\n".join(message.content for message in request.messages)
    message = request.messages[-1].content.splitlines()[-1]
    shots = sum(message.role == "assistant" for message in request.messages)
    chance = 0.1 + sum(worth for told, worth in GOOD.items() if told in text)
    chance += 0.12 * shots + (0.12 if "precise" in text else 0)
    chance -= 0.3 if "urgent" in message else 0
    found = re.findall(r"\d{4,}", message)
    right = luck(message) < chance
    said = found[0] if right else f"The order number is {found[-1]}, I think."
    tokens = len(text) // 4
    return Completion(said, tokens, len(said) // 4 + 1, 40 + tokens / 2 + 20 * luck(text))
'''

SUITE: dict[str, Any] = {
    "suite": "order-number",
    "golden": "golden/orders.jsonl",
    "models": {"primary": "scripted:number_model:answer"},
    "prompt": {"system": "{{persona}}", "user": "{{instruction}}\nMessage: {{message}}"},
    "genome": {
        "instruction": "What is the order number?",
        "persona": "",
        "shots": [],
        "temperature": 0.0,
        "max_tokens": 32,
    },
    "search": {
        "instruction": [
            "What is the order number?",
            "Find the order number.",
            "Reply with the number, nothing else.",
            "Think about which number in the message may be the number of the order, and say it.",
        ],
        "persona": ["", "You are a precise data extraction tool.", "You are friendly."],
        "shots": {"few_shot": "golden/shots.jsonl", "max": 3},
        "max_tokens": {"low": 8, "high": 48},
    },
    "scorers": ["exact_match"],
    "objectives": {
        "quality": {"min": 0.6},
        "latency_ms": {"weight": -0.0005, "max": 150},
        "tokens": {},
        "repairs": {},
    },
    "threshold": 0.4,
}

_TAGS = ("digits", "long", "urgent", "distractor")


def make_project(root: Path, count: int = 64) -> Path:
    """Writes the project."""
    (root / "golden").mkdir(parents=True)
    (root / "number_model.py").write_text(MODEL, "utf-8")
    rows = [_example(at) for at in range(count)]
    _write(root / "golden" / "orders.jsonl", rows)
    _write(root / "golden" / "shots.jsonl", [_shot(at) for at in range(5)])
    suite = root / "orders.promptevo.yaml"
    suite.write_text(yaml.safe_dump(SUITE, sort_keys=False), "utf-8")
    return root


def _example(at: int) -> dict[str, Any]:
    number, tag = 10_007 + 7_919 * at, _TAGS[at % len(_TAGS)]
    said = {
        "digits": f"where is my order {number}? I wait since day {at}",
        "long": f"good morning, I am customer of yours since {1990 + at % 30}, and never was there "
        f"anything to complain about until order {number} came with a scratch",
        "urgent": f"urgent: order {number} has to be here by Friday the {at % 28 + 1}th",
        "distractor": f"order {number} is late, call me at 555{at:04} or 020{at:05}",
    }[tag]
    return {
        "id": f"ord-{at:03}",
        "inputs": {"message": said},
        "expected": str(number),
        "tags": [tag],
    }


def _shot(at: int) -> dict[str, Any]:
    return {
        "id": f"shot-{at}",
        "inputs": {"message": f"parcel {88_000 + 13 * at} has not come"},
        "expected": str(88_000 + 13 * at),
    }


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def run_pytest(root: Path, *options: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs pytest in a process of its own."""
    drop = ("CI", "PYTEST_ADDOPTS")
    kept = {name: text for name, text in os.environ.items() if name not in drop}
    here = str(Path(__file__).parents[2])
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:randomly", "-q", *options],
        cwd=root,
        env={**kept, "PYTHONPATH": here, "PYTHONDONTWRITEBYTECODE": "1", **env},
        capture_output=True,
        text=True,
        check=False,
    )


def evolve(root: Path, page: Path) -> subprocess.CompletedProcess[str]:
    """Searches a better genome, and writes a page of the same run."""
    return run_pytest(
        root,
        "--evolve=all",
        "--promptevo-candidates=2",
        "--promptevo-budget=1600",
        f"--promptevo-report={page}",
    )
