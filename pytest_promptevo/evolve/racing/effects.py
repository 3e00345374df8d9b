"""Makes partial evaluations comparable: a genome effect plus an example effect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_ROUNDS = 15
_SHRINK = 2.0


@dataclass(frozen=True)
class TwoWay:
    """A fit of values by genome and example.

    Attributes:
        genomes: Estimated mean of each genome over all examples.
        examples: How much easier each example is than the average one.
        variances: Variance of each genome's estimate; zero where every example was seen.
    """

    genomes: np.ndarray
    examples: np.ndarray
    variances: np.ndarray


def two_way(values: np.ndarray) -> TwoWay:
    """Fits the rows (genomes) and columns (examples) of a matrix with gaps by least squares.

    Rows and columns are fitted in turn. Column effects are shrunk towards 0 as if two
    further values had shown none, and have mean 0.

    Args:
        values: Rows need at least one value each; gaps are NaN.
    """
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    by_row, by_column = known.sum(axis=1), known.sum(axis=0)
    columns = np.zeros(values.shape[1])
    for _ in range(_ROUNDS):
        rows = (filled.sum(axis=1) - known @ columns) / by_row
        columns = (filled.sum(axis=0) - rows @ known) / (by_column + _SHRINK)
        columns -= columns.mean()
    rows = (filled.sum(axis=1) - known @ columns) / by_row
    left = np.where(known, values - rows[:, None] - columns, 0.0)
    freedom = max(known.sum() - len(rows) - len(columns), known.sum() / 4, 1)
    noise = float(np.sum(left**2) / freedom)
    unseen = 1 - by_row / values.shape[1]
    return TwoWay(rows, columns, noise * unseen / by_row)
