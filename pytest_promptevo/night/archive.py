"""What searches of earlier nights saw of genomes: it teaches the reward model."""

from __future__ import annotations

import json
from math import isfinite
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.base.notes import read_notes, write_notes
from pytest_promptevo.fitness import NAMES, Score
from pytest_promptevo.genome import Genome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_promptevo.evolve import Result
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

MOST = 400
"""Genomes that are kept and read at most, the latest: the reward model learns from them in seconds,
and from more in the third power of their number."""

Scores = dict[Genome, dict[str, Score]]
"""Genome to fingerprint of an example to score."""


class Archive:
    """Scores by night, genome and example.

    Args:
        path: The file, one genome and night a line.
        about: Digest of what scores depend on beside genome and example (see `about`).
    """

    def __init__(self, path: Path, about: str) -> None:
        self._path = path
        self._about = about

    def before(self, night: int) -> list[Scores]:
        """Returns what the searches before a night saw, one after the other."""
        nights: dict[int, Scores] = {}
        for row in self._rows():
            if row["about"] == self._about and row["night"] < night:
                scores = {name: Score(*values) for name, values in row["scores"].items()}
                nights.setdefault(row["night"], {})[Genome(row["genome"])] = scores
        return [nights[number] for number in sorted(nights)]

    def put(self, night: int, result: Result, examples: Sequence[Example]) -> None:
        """Keeps what a night's search saw; what was kept of the same night is replaced.

        Args:
            night: Its number.
            result: What it found.
            examples: The examples that it saw.
        """
        names = [example.fingerprint for example in examples]
        new = [
            {
                "about": self._about,
                "night": night,
                "genome": genome.plain(),
                "scores": {
                    names[index]: [getattr(scored.score, name) for name in NAMES]
                    for index, scored in seen.items()
                },
            }
            for genome, seen in result.scored.items()
        ]
        kept = [row for row in self._rows() if row["night"] != night]
        write_notes(self._path, [*kept, *new][-MOST:])

    def _rows(self) -> list[dict[str, Any]]:
        return read_notes(self._path, _checked, MOST).rows


def about(suite: Suite) -> str:
    """Returns the digest of what scores depend on beside genome and example.

    The weights of a model are left out: who gives it other ones learns from a few nights that
    were about the old ones, and the recall tells whether that still helps.
    """
    names = ("prompt", "shots", "output", "scorers")
    parts = {name: suite.fingerprints[name] for name in names}
    return digest([parts, dict(suite.code), dict(suite.prompt.models)])


def _checked(row: dict[str, Any]) -> dict[str, Any]:
    scores = {name: list(map(float, values)) for name, values in row["scores"].items()}
    for values in scores.values():
        Score(*values)
    if not all(isfinite(value) for values in scores.values() for value in values):
        raise ValueError("a score is a number")
    json.dumps(row, ensure_ascii=False).encode()  # as it is written again
    Genome(row["genome"])
    if not isinstance(row["night"], int) or not isinstance(row["about"], str):
        raise TypeError("it has no night")
    return {**row, "scores": scores}
