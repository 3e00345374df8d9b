"""Scores, objectives, intervals and the gate of a suite."""

from pytest_promptevo.fitness.figures import Figures, figures
from pytest_promptevo.fitness.gate import Gate, judge
from pytest_promptevo.fitness.intervals import (
    Estimate,
    mean_interval,
    percentile,
    student_quantile,
    wilson_interval,
)
from pytest_promptevo.fitness.objectives import DEFAULT_WEIGHTS, Limit, Objectives
from pytest_promptevo.fitness.paired import Fall, Paired, compare
from pytest_promptevo.fitness.score import NAMES, Feedback, Score, Scored, at_their_worst
from pytest_promptevo.fitness.speed import Speed
from pytest_promptevo.fitness.terms import Term, sum_in_words

__all__ = [
    "DEFAULT_WEIGHTS",
    "NAMES",
    "Estimate",
    "Fall",
    "Feedback",
    "Figures",
    "Gate",
    "Limit",
    "Objectives",
    "Paired",
    "Score",
    "Scored",
    "Speed",
    "Term",
    "at_their_worst",
    "compare",
    "figures",
    "judge",
    "mean_interval",
    "percentile",
    "student_quantile",
    "sum_in_words",
    "wilson_interval",
]
