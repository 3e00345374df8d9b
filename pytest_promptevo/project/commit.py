"""Answers of locked genomes are committed together with the lock entry, and never else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.recording import Answered, committed_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.suite import Suite


def recordings_path(lock_path: Path, suite: str) -> Path:
    """Returns where the recordings of a suite's locked genome are committed."""
    return lock_path.parent / "promptevo_recordings" / f"{suite}.jsonl"


def recordings_text(suite: Suite, evaluations: Iterable[Evaluation]) -> str:
    """Returns the recordings of a genome's evaluations as they are committed."""
    return committed_text(
        Answered(
            evaluation.example,
            suite.by_id[evaluation.example].fingerprint,
            [(asked.draw, asked.recording) for asked in evaluation.asked],
        )
        for evaluation in evaluations
    )
