"""Near-duplicates planted among real messages: how many groups are found, how many are false.

    python -m tests.benchmarks.bench_duplicates [--show]

Of each set 180 messages are drawn and 20 edited copies planted (case, punctuation, blanks, a
word added, changed or dropped, a greeting, a typo). Bar, for each draw: at least 19 found, at
most one false group. A group of two originals is false for certain where people gave them
different intents; where they have one intent, it is mostly a near-duplicate that was there
before (``--show`` prints all of them). Then the time for 2,000 examples.

The data (`PROMPTEVO_BENCH_DATA`, or ``../shared/data``) is BANKING77 (CC BY 4.0) and CLINC150
(CC BY 3.0); nothing of it is kept in the project. The example project's own examples need none.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path

from pytest_promptevo.prompt import Example
from pytest_promptevo.suite.duplicates import grouped
from tests.benchmarks.search.golden import messages
from tests.unit.suite.planting import planted

SEEDS = 20
FOUND, FALSE = 19, 1
SETS = [
    ("banking77", "test"),
    ("banking77", "train"),
    ("clinc150", "test"),
    ("clinc150", "train"),
    ("clinc150", "oos_test"),
]
_GOLDEN = Path(__file__).resolve().parents[2] / "example_project" / "golden"


def main(show: bool = False) -> None:
    """Prints a line for each set, then the times."""
    print(
        f"{'set':20} {'planted':>8} {'found':>6} {'worst':>6} {'false':>6} {'same intent':>12} bar"
    )
    for source, part in SETS:
        measure(f"{source} {part}", messages(source, part), show)
    measure("example project", own_messages(), show)
    for source, part, words in (("banking77", "train", 1), ("clinc150", "train", 1)):
        show_time(f"{source} {part}", [text for text, _ in messages(source, part)], words)
    show_time("100 messages each", [text for text, _ in messages("banking77", "train")], 100)


def measure(name: str, rows: list[tuple[str, str]], show: bool) -> None:
    """Prints what is found over all seeds, the worst draw, and how many draws meet the bar."""
    intents = dict(rows)
    found, false, same, kept = [], [], [], 0
    for seed in range(SEEDS):
        draw = planted([text for text, _ in rows], random.Random(f"{name} {seed}"))
        groups, _ = grouped(draw.examples)
        others = draw.others(groups)
        wrong = [texts for texts in others if len({intents[text] for text in texts}) > 1]
        found.append(draw.found(groups))
        false.append(len(wrong))
        same.append(len(others) - len(wrong))
        kept += found[-1] >= FOUND and false[-1] <= FALSE
        if show:
            for edit, original, copy in draw.missed(groups):
                print(f"  missed ({edit}): {original!r} {copy!r}")
            for texts in others:
                print(f"  {'FALSE' if texts in wrong else 'group'}: {texts}")
    print(
        f"{name:20} {20 * SEEDS:8} {sum(found):6} {min(found):6} {sum(false):6} {sum(same):12} "
        f"{kept} of {SEEDS} draws"
    )


def own_messages() -> list[tuple[str, str]]:
    """Returns the messages of the example project; all are meant to differ."""
    return [
        (json.loads(line)["inputs"]["message"], f"{path.stem} {number}")
        for path in sorted(_GOLDEN.glob("*.jsonl"))
        for number, line in enumerate(path.read_text("utf-8").splitlines())
    ]


def show_time(name: str, texts: list[str], joined: int) -> None:
    """Prints the seconds that 2,000 examples take, each of so many messages."""
    rng = random.Random(1)
    examples = [
        Example(str(index), {"text": " ".join(rng.sample(texts, joined))}) for index in range(2000)
    ]
    start = time.process_time()
    groups, _ = grouped(examples)
    taken = time.process_time() - start
    print(f"2,000 examples, {name}: {taken:.2f} s, {len(set(groups))} groups")


if __name__ == "__main__":
    main("--show" in sys.argv)
