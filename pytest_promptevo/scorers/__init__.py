"""Scorers: how good is an output, as a number from 0 to 1.

A scorer is called with an `Output` and an `Example` and returns a number, a bool, or a
`Judged` with a reason. A factory makes one from the options that stand in the suite file.
"""

from __future__ import annotations

from pytest_promptevo.scorers.base import Factory, Judged, Scorer
from pytest_promptevo.scorers.registry import BUILT_IN, ScorerSet, build

__all__ = ["BUILT_IN", "Factory", "Judged", "Scorer", "ScorerSet", "build"]
