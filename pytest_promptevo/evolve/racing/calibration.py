"""Whether the surrogate's predictions deserve to be followed."""

from __future__ import annotations

import numpy as np

FEWEST = 15
LATEST = 40


class Calibration:
    """Compares what was predicted before a race with what came out of it.

    Args:
        least: Spearman's rank correlation that is needed.
    """

    def __init__(self, least: float) -> None:
        self._least = least
        self._pairs: list[tuple[float, float]] = []

    def learn(self, predicted: float, found: float) -> None:
        """Notes one prediction and its outcome."""
        self._pairs.append((predicted, found))

    def deserved(self) -> bool:
        """Whether the last 40 pairs agree well enough; true as long as there are few."""
        if len(self._pairs) < FEWEST:
            return True
        predicted, found = np.array(self._pairs[-LATEST:]).T
        return spearman(predicted, found) >= self._least


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    """Returns Spearman's rank correlation, with average ranks for ties; 0 for constants."""
    a, b = _ranks(first), _ranks(second)
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else 0.0


def _ranks(values: np.ndarray) -> np.ndarray:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts - 1) / 2)[inverse])
