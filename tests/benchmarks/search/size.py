"""Processor time of a search by its size: ``python -m tests.benchmarks.search.size``.

The evaluations are drawn numbers, which cost next to nothing, so that what is measured is the
search itself. The bar: 3 ms a call, up to 20,000 calls and up to 5,000 examples.
"""

from __future__ import annotations

import argparse
import time
from hashlib import blake2b

from tabulate import tabulate

from pytest_promptevo.evolve import (
    Budget,
    Choice,
    FewShot,
    Flag,
    Float,
    Genome,
    Int,
    Score,
    SearchSpace,
    evolve,
)

SPACE = SearchSpace(
    {
        "instruction": Choice([f"i-{index}" for index in range(6)]),
        "persona": Choice([f"p-{index}" for index in range(4)]),
        "layout": Choice(["plain", "xml", "markdown"]),
        "cot": Flag(),
        "shots": FewShot([f"s-{index}" for index in range(8)], max=4),
        "temperature": Float(0, 1, step=0.1),
        "max_tokens": Int(8, 256, log=True),
    }
)
SIZES = ((60, 1_000), (60, 5_000), (60, 20_000), (1_000, 20_000), (5_000, 5_000), (5_000, 20_000))


def score(genome: Genome, example: int) -> Score:
    """Returns a drawn score; the more of a genome's genes are good, the more often it is right."""
    shots = genome["shots"]
    good = 0.1 * (genome["instruction"] == "i-4") + 0.1 * (genome["layout"] == "xml")
    good += 0.05 * len(shots) + 0.1 * (1 - genome["temperature"]) + 0.2
    digest = blake2b(f"{genome.key}|{example}".encode(), digest_size=4).digest()
    right = int.from_bytes(digest, "big") / 2**32 < good
    return Score(float(right), 10.0, 50 + 30 * len(shots))


def measured(examples: int, calls: int, *, subsample: bool) -> list[float]:
    """Returns calls that were spent, genomes that were seen, seconds, milliseconds a call."""
    began = time.process_time()
    result = evolve(
        SPACE,
        range(examples),
        score,
        rng=1,
        budget=Budget(calls=calls),
        subsample=subsample,
    )
    seconds = time.process_time() - began
    return [result.calls, len(result.scored), seconds, 1_000 * seconds / result.calls]


def main(arguments: list[str] | None = None) -> None:
    """Runs the command."""
    parser = argparse.ArgumentParser(prog="size", description=__doc__)
    parser.add_argument("--all", action="store_true", help="search on all examples given")
    options = parser.parse_args(arguments)
    rows = [[*size, *measured(*size, subsample=not options.all)] for size in SIZES]
    header = ["examples", "budget", "calls", "genomes", "seconds", "ms a call"]
    print(tabulate(rows, header, floatfmt=".3g"))


if __name__ == "__main__":
    main()
