"""What ``layout`` and ``form`` bring to a suite without shots, over the list of its user.

    python -m tests.benchmarks.text.layout [--seeds N] [--store FOLDER]

For each suite and seed two searches: one over the list of instructions, one over list, layout
and form. Both see the same half of the examples; figures are quality on the other half. The
embedded model answers, at temperature 0, and answers are shared, so that a further seed costs
little. The data is public (see `tests.benchmarks.search.golden`).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_promptevo.base import yaml_writer
from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.evaluation.measure import measured
from pytest_promptevo.evolve import Budget
from pytest_promptevo.improve.plan import Plan, split_of
from pytest_promptevo.improve.search import search
from pytest_promptevo.providers import ProviderOptions, connect
from pytest_promptevo.recording import Answerer, CommittedFile
from pytest_promptevo.recording.store import Store
from pytest_promptevo.suite import load_suite
from tests.benchmarks.search.golden import Cut, rows_of
from tests.benchmarks.search.recipes import MODEL
from tests.benchmarks.search.report import row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.providers import Provider
    from pytest_promptevo.suite import Suite

EXAMPLES = 120
CALLS = 1200

SUITES: dict[str, tuple[Cut, list[str]]] = {
    "banking77": (
        Cut(
            "banking77", {"change_pin": "pin", "exchange_rate": "rate", "card_arrival": "delivery"}
        ),
        [
            "Sort the customer's message.",
            "Is the message about pin, rate or delivery?",
            "Answer with one word: pin, rate or delivery.",
        ],
    ),
    "banking77-other": (
        Cut(
            "banking77",
            {
                "request_refund": "refund",
                "verify_my_identity": "identity",
                "cash_withdrawal_charge": "cash",
            },
        ),
        [
            "Sort the customer's message.",
            "Is the message about refund, identity or cash?",
            "Answer with one word: refund, identity or cash.",
        ],
    ),
    "clinc150": (
        Cut("clinc150", {"weather": "weather", "alarm": "alarm", "play_music": "music"}),
        [
            "Sort the user's message.",
            "Is the message about weather, alarm or music?",
            "Answer with one word: weather, alarm or music.",
        ],
    ),
}

LAYOUT = {"layout": ["plain", "last", "system", "cue"], "form": ["none", "labels", "only"]}


class Found(NamedTuple):
    """A genome and its quality on the held-out examples."""

    genome: Genome
    qualities: list[float]


def suite_of(name: str, folder: Path, more: dict[str, Any]) -> Suite:
    """Writes a suite into a folder of its own and loads it."""
    cut, texts = SUITES[name]
    folder.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(each) + "\n" for each in rows_of(cut, "train", EXAMPLES)]
    (folder / "golden.jsonl").write_text("".join(lines), "utf-8")
    document = {
        "suite": name,
        "golden": "golden.jsonl",
        "models": {"primary": MODEL},
        "prompt": "{{instruction}}\nMessage: {{text}}\n",
        "genome": {"instruction": texts[0], "temperature": 0.0, "max_tokens": 16},
        "search": {"instruction": texts, **more},
        "output": {"format": "label", "labels": list(cut.labels.values()), "max_repairs": 0},
        "scorers": ["label"],
        "objectives": {"quality": {}},
        "threshold": 0.9,
    }
    path = folder / f"{name}.promptevo.yaml"
    path.write_text(yaml_writer.dump(document), "utf-8")
    return load_suite(path, folder)


def found(suite: Suite, seed: int, engine: Provider, store: Store) -> tuple[Found, Found, int]:
    """Searches a suite; returns shipped and found genome, and the calls of the search."""
    nothing = CommittedFile(suite.root / "none.jsonl")
    answers = Answerer("missing", nothing, lambda: store, lambda _reference: engine)
    evaluator = Evaluator(suite, answers, suite.root)
    plan = Plan("racing", seed, Budget(calls=CALLS))
    held_out = split_of(suite, plan)[0].confirm
    outcome = search(evaluator, suite.shipped, plan)
    pair = [
        Found(genome, [each.score.quality for each in measured(evaluator, genome, held_out)])
        for genome in (outcome.before, outcome.result.recommended)
    ]
    return pair[0], pair[1], outcome.result.calls


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a row for each suite and seed, then the medians."""
    parser = argparse.ArgumentParser(prog="layout", description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--suites", nargs="+", default=list(SUITES), choices=SUITES)
    options = parser.parse_args(arguments)
    engine = connect(MODEL, ProviderOptions(notify=lambda line: print(line, file=sys.stderr)))
    head = ("suite", "seed", "shipped", "list", "with layout and form", "+ and -", "calls", "found")
    print(row(head))
    print(row("---" for _ in head))
    with tempfile.TemporaryDirectory() as own:
        folder = options.store or Path(own)
        for name in options.suites:
            store = Store(folder / f"{name}.sqlite")
            gains = []
            for seed in range(options.seeds):
                shipped, plain, calls = found(
                    suite_of(name, folder / name / "list", {}), seed, engine, store
                )
                _, moved, more = found(
                    suite_of(name, folder / name / "layout", LAYOUT), seed, engine, store
                )
                gains.append(fmean(moved.qualities) - fmean(plain.qualities))
                print(
                    row(_cells(name, seed, shipped, plain, moved, f"{calls} / {more}")), flush=True
                )
            print(row([name, "median", "", "", f"{100 * median(gains):+.1f} points", "", "", ""]))
            store.close()
    engine.close()


def _cells(
    name: str, seed: int, shipped: Found, plain: Found, moved: Found, calls: str
) -> list[str]:
    pairs = list(zip(plain.qualities, moved.qualities, strict=True))
    better, worse = sum(b > a for a, b in pairs), sum(b < a for a, b in pairs)
    figures = [f"{fmean(each.qualities):.3f}" for each in (shipped, plain, moved)]
    genome = {key: moved.genome[key] for key in ("instruction", *LAYOUT)}
    return [name, str(seed), *figures, f"+{better} -{worse}", calls, json.dumps(genome)]


if __name__ == "__main__":
    main()
