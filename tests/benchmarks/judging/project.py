"""A project whose suites have a judge or none, and what pytest says of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .pairs import Pair

QUESTION = "Does the answer name the topic of the message?"
TOKEN_WEIGHT = -0.001

_JUDGE = {"question": QUESTION, "constrain": True}
SUITES: dict[str, list[Any]] = {
    "without": ["exact_match"],
    "alone": ["exact_match", {"judge": {**_JUDGE, "expected": False}}],
    "told": ["exact_match", {"judge": _JUDGE}],
}
"""The scorers of each suite: no judge, one that sees message and answer alone, and one that is
told the right topic, too."""


@dataclass(frozen=True)
class Run:
    """What a suite's run said and wrote.

    Attributes:
        suite: Name of the suite.
        agreement: The summary's line about the judge; empty without one.
        quality: The mean of the lock, as are the next two.
        tokens: Tokens of an answer.
        fitness: What gates and searches go by.
        calls: Answers that were recorded.
        verdicts: Those of the judge, recorded beside them.
        verdict_tokens: Tokens of a verdict, in the mean.
        seconds: Of the whole pytest.
    """

    suite: str
    agreement: str
    quality: float
    tokens: float
    fitness: float
    calls: int
    verdicts: int
    verdict_tokens: float
    seconds: float


def write(folder: Path, pairs: Sequence[Pair], model: str) -> None:
    """Writes golden examples with people's verdicts, and the suites."""
    rows = [
        {
            "id": pair.id,
            "inputs": {"message": pair.message},
            "expected": pair.topic,
            "human": [{"answer": pair.answer, "quality": int(pair.is_right)}],
        }
        for pair in pairs
    ]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "golden.jsonl").write_text(lines, "utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
    for name, scorers in SUITES.items():
        suite = {
            "suite": name,
            "golden": "golden.jsonl",
            "models": {"primary": model, "judge": model},
            "prompt": "{{instruction}}\nMessage: {{message}}",
            "genome": {
                "instruction": "Name the topic of the message in a few words.",
                "temperature": 0.0,
                "max_tokens": 12,
            },
            "scorers": scorers,
            "objectives": {"quality": {}, "tokens": {"weight": TOKEN_WEIGHT}},
            "threshold": -1,  # whatever the model answers: what counts here is verdicts
        }
        text = yaml.safe_dump(suite, sort_keys=False)
        (folder / f"{name}.promptevo.yaml").write_text(text, "utf-8")


def run(folder: Path, suite: str) -> Run:
    """Lets pytest ask, judge and lock a suite; answers of earlier runs are not asked for again."""
    start = time.monotonic()
    told = _pytest(folder, suite, "--promptevo-update-lock")
    seconds = time.monotonic() - start
    entry = yaml.safe_load((folder / "promptevo.lock").read_text("utf-8"))["suites"][suite]
    figures = entry["figures"]["after"]
    recordings = folder / "promptevo_recordings" / f"{suite}.jsonl"
    rows = [json.loads(line) for line in recordings.read_text("utf-8").splitlines()]
    verdicts = [row["prompt_tokens"] + row["completion_tokens"] for row in rows if "judge" in row]
    return Run(
        suite,
        agreement_in(told),
        figures["quality"]["mean"],
        figures["tokens"]["mean"],
        figures["fitness"]["mean"],
        len(rows) - len(verdicts),
        len(verdicts),
        fmean(verdicts or [0]),
        seconds,
    )


def replayed(folder: Path, suite: str) -> str:
    """Returns the line about the judge of a run without store and model, as in CI."""
    for path in (folder / ".promptevo").glob("answers.sqlite*"):
        path.unlink()
    return agreement_in(_pytest(folder, suite, "--promptevo-locked", "--promptevo-record=none"))


def agreement_in(told: str) -> str:
    """Returns the summary's line about the judge; nothing where there is none."""
    return next((line for line in told.splitlines() if " agrees with people " in line), "")


def _pytest(folder: Path, suite: str, *options: str) -> str:
    """Runs pytest on a suite, and returns what it prints.

    Raises:
        SystemExit: if a test fails, with all of it.
    """
    speaking = ("CI", "PYTEST_", "PROMPTEVO_LIVE")
    environment = {name: text for name, text in os.environ.items() if not name.startswith(speaking)}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    command = [sys.executable, "-m", "pytest", "-p", "pytest_promptevo.plugin"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", f"{suite}.promptevo.yaml", *options],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stdout)
    return done.stdout
