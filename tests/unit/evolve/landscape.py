"""A small landscape whose answers follow from genome, example and seed alone."""

from __future__ import annotations

import zlib
from typing import Any

from pytest_promptevo.fitness import Score
from pytest_promptevo.genome import Choice, FewShot, Flag, Float, Genome, Int, SearchSpace

SPACE = SearchSpace(
    {
        "text": Choice(["plain", "polite", "exact", "loud"]),
        "cot": Flag(),
        "temperature": Float(0, 1, step=0.1),
        "shots": FewShot([f"e{at}" for at in range(6)], max=3),
        "max_tokens": Int(8, 64, log=True),
    }
)
INITIAL = Genome(
    {"text": "plain", "cot": True, "temperature": 0.73, "shots": (), "max_tokens": 16, "fixed": "x"}
)
TEXTS = {"plain": 0.0, "polite": 0.1, "exact": 0.3, "loud": 0.05}


def chance(genome: Genome) -> float:
    """Returns the probability of a right answer."""
    return (
        0.15
        + TEXTS[genome["text"]]
        + 0.1 * (not genome["cot"])
        + 0.2 * (1 - genome["temperature"])
        + 0.06 * len(genome["shots"])
    )


def score(genome: Genome, example: Any, seed: int = 0) -> Score:
    """Returns the score of a genome on an example: the same one every time."""
    drawn = zlib.crc32(f"{genome.key}|{example}|{seed}".encode()) / 2**32
    return Score(
        float(drawn < chance(genome)), latency_ms=10.0, tokens=20 + 5 * len(genome["shots"])
    )
