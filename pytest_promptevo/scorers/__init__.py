"""Scorers: how good is an output, as a number from 0 to 1.

A scorer is called with an `Output` and an `Example` and returns a bool, a number, or a
pair of one and a reason (`Judged` is such a pair). A factory makes one from the options that
stand in the suite file.
"""

from __future__ import annotations

from pytest_promptevo.scorers.base import Factory, Judged, Scorer
from pytest_promptevo.scorers.registry import BUILT_IN, build, named_alone
from pytest_promptevo.scorers.scorer_set import ScorerSet

__all__ = ["BUILT_IN", "Factory", "Judged", "Scorer", "ScorerSet", "build", "named_alone"]
