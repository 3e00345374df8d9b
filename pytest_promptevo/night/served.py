"""Which genomes production has served, also those that no lock has any more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.notes import read_note
from pytest_promptevo.base.private_folder import UNREADABLE
from pytest_promptevo.base.text_files import atomic_write
from pytest_promptevo.genome import Genome
from pytest_promptevo.night.evidence import Served

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from pytest_promptevo.state.sql_state import SqlState

_MEANS = (
    "SELECT arm, COUNT(*), SUM(reward), SUM(reward * reward) FROM promptevo_outcome "
    "WHERE suite = ? AND left_out = '' GROUP BY arm"
)
_LEAST_VARIANCE = 1e-4

MOST = 100
"""Arms that are known at most, the latest: the reward model learns from each."""


class ServedGenomes:
    """Arms and the genomes that they stand for.

    Args:
        path: Where nights note it: a help, no promise.
        about: Digest of what rewards depend on beside the genome (see `archive.about`).
    """

    def __init__(self, path: Path, about: str) -> None:
        self._path = path
        self._about = about
        self._arms = self._noted()

    @property
    def dropped(self) -> frozenset[Genome]:
        """Genomes that production has dropped: they are not proposed again."""
        return frozenset(Genome(row["genome"]) for row in self._arms.values() if row["dropped"])

    def note(self, arms: Mapping[str, Genome], dropped: Iterable[str] = ()) -> None:
        """Notes the arms of a lock.

        Args:
            arms: Id to genome.
            dropped: Ids of those that were dropped.
        """
        gone = {arm for arm, row in self._arms.items() if row["dropped"]} | set(dropped)
        for arm, genome in arms.items():
            self._arms.pop(arm, None)
            self._arms[arm] = {"genome": genome.plain(), "dropped": arm in gone}
        self._arms = _latest(self._arms)
        atomic_write(self._path, json.dumps({"about": self._about, "arms": self._arms}) + "\n")

    def log(self, state: SqlState, suite: str) -> list[Served]:
        """Returns how they did, whatever rollout served them.

        Raises:
            StateError: if the store cannot be used.
        """
        with state.reading() as session:
            rows = session.rows(_MEANS, (suite,))
        found = []
        for arm, n, total, squares in rows:
            if arm in self._arms:
                mean = total / n
                variance = max(squares / n - mean * mean, _LEAST_VARIANCE)
                found.append(Served(Genome(self._arms[arm]["genome"]), n, mean, variance))
        return found

    def _noted(self) -> dict[str, dict[str, Any]]:
        try:
            told = read_note(self._path)
            if told["about"] != self._about:
                return {}
            return {
                str(arm): {"genome": Genome(row["genome"]).plain(), "dropped": bool(row["dropped"])}
                for arm, row in _latest(told["arms"]).items()
            }
        except UNREADABLE:
            return {}


def _latest(arms: dict[str, Any]) -> dict[str, Any]:
    return dict(list(arms.items())[-MOST:])
