"""Suite files of simulated projects."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base import yaml_writer

from .world import REFERENCE

if TYPE_CHECKING:
    from pathlib import Path

    from .searches import Scene

FILE = "simulated.promptevo.yaml"
_SYLLABLES = [first + second for first in "bdfgklmnprstvz" for second in "aeiou"]


def write_suite(folder: Path, scene: Scene) -> None:
    """Writes a suite and its golden examples."""
    rows = [
        {"id": f"e{index:03}", "inputs": {"question": question}, "expected": "yes"}
        for index, question in enumerate(_questions(scene.examples))
    ]
    (folder / "golden.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    prompts = list(scene.prompts)
    weights = {"quality": 1.0, "latency_ms": scene.latency_weight, "tokens": 0.0, "repairs": 0.0}
    data: dict[str, Any] = {
        "suite": "simulated",
        "golden": "golden.jsonl",
        "models": {"primary": REFERENCE},
        "prompt": {"user": "{{how}}\n{{question}}"},
        "genome": {"how": prompts[0], "temperature": scene.temperature},
        "search": {"how": prompts},
        "scorers": ["exact_match"],
        "objectives": {name: {"weight": weight} for name, weight in weights.items()},
        "threshold": scene.threshold,
    }
    (folder / FILE).write_text(yaml_writer.dump(data), "utf-8")


def _questions(count: int) -> list[str]:
    """Returns questions that share hardly a word: no two are duplicates of each other."""
    rng = random.Random(count)
    return [" ".join("".join(rng.choices(_SYLLABLES, k=4)) for _ in range(6)) for _ in range(count)]
