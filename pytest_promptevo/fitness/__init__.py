"""Scores, objectives, intervals and the gate of a suite."""

from pytest_promptevo.fitness.gate import Gate, judge
from pytest_promptevo.fitness.intervals import (
    Estimate,
    mean_interval,
    percentile,
    student_quantile,
    wilson_interval,
)
from pytest_promptevo.fitness.objectives import (
    DEFAULT_WEIGHTS,
    NAMES,
    Figures,
    Limit,
    Objectives,
    Score,
    figures,
)

__all__ = [
    "DEFAULT_WEIGHTS",
    "NAMES",
    "Estimate",
    "Figures",
    "Gate",
    "Limit",
    "Objectives",
    "Score",
    "figures",
    "judge",
    "mean_interval",
    "percentile",
    "student_quantile",
    "wilson_interval",
]
