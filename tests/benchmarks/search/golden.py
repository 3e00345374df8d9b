"""Cuts golden sets out of public intent data; nothing of it is kept in the project."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = Path(__file__).resolve().parents[3]
_LONGEST = 80


@dataclass(frozen=True)
class Cut:
    """Which part of a data set makes a suite.

    Attributes:
        source: ``banking77`` or ``clinc150``.
        labels: Intent to the label that is expected for it.
        examples: Golden examples, shared evenly by the labels.
        shots: Few-shot examples; the labels take turns.
    """

    source: str
    labels: Mapping[str, str]
    examples: int = 60
    shots: int = 4


def data_folder() -> Path:
    """Returns the folder of the data sets (``PROMPTEVO_BENCH_DATA`` names another one)."""
    given = os.environ.get("PROMPTEVO_BENCH_DATA")
    return Path(given) if given else _ROOT.parent / "shared" / "data"


def messages(source: str, part: str) -> list[tuple[str, str]]:
    """Returns the messages of a split of a data set, each with its intent."""
    return _READERS[source](part)


def write(cut: Cut, folder: Path) -> None:
    """Writes ``golden.jsonl`` (from the test split) and ``shots.jsonl`` (from the other)."""
    golden = rows_of(cut, "test", cut.examples)
    shots = rows_of(cut, "train", cut.shots)
    known = {row["inputs"]["text"] for row in golden}
    if any(row["inputs"]["text"] in known for row in shots):
        raise ValueError(f"{cut.source}: a message is in both splits")
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("golden", golden), ("shots", shots)):
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, "utf-8")


def rows_of(cut: Cut, part: str, count: int) -> list[dict[str, object]]:
    """Draws messages, the labels in turn, always the same ones."""
    pools = {}
    rows_of_part = messages(cut.source, part)
    for at, intent in enumerate(cut.labels):
        texts = sorted({text for text, each in rows_of_part if each == intent})
        order = np.random.default_rng([77, at]).permutation(len(texts))
        pools[intent] = [texts[each] for each in order if len(texts[each]) <= _LONGEST]
    rows = []
    for at in range(count):
        turn, intent = at // len(pools), list(pools)[at % len(pools)]
        label = cut.labels[intent]
        rows.append(
            {
                "id": f"{label}-{part}-{turn}",
                "inputs": {"text": pools[intent][turn]},
                "expected": label,
            }
        )
    return rows


def _banking77(part: str) -> list[tuple[str, str]]:
    path = data_folder() / "banking77" / f"{part}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return [(" ".join(row["text"].split()), row["category"]) for row in csv.DictReader(file)]


def _clinc150(part: str) -> list[tuple[str, str]]:
    path = data_folder() / "clinc150" / "data_full.json"
    return [(text, intent) for text, intent in json.loads(path.read_text("utf-8"))[part]]


_READERS = {"banking77": _banking77, "clinc150": _clinc150}
