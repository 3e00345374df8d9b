"""Which recorded answers are asked for again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pytest_promptevo.base.text_files import read_bytes
from pytest_promptevo.project.commit_id import commit_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.project.suite_run import SuiteRun
    from pytest_promptevo.prompt import Example

Answer = tuple["Example", int]
"""A golden example and the number of a draw."""


def sample(run: SuiteRun, answers: Sequence[Answer], count: int) -> tuple[list[Answer], str]:
    """Draws some of a suite's recorded answers, by the commit and the recordings.

    Args:
        run: The suite.
        answers: Its recorded answers, at least one.
        count: How many to draw.

    Returns:
        Those drawn, in order, and what chose them: ``commit 0123456789ab`` or ``recordings``.
    """
    seed, drawn_by = _seed(run)
    ranks = [_rank(seed, example.id, draw) for example, draw in answers]
    last = sorted(ranks)[: min(count, len(ranks))][-1]
    return [answer for answer, rank in zip(answers, ranks, strict=True) if rank <= last], drawn_by


def _seed(run: SuiteRun) -> tuple[str, str]:
    """Returns what chooses the answers, and what it is called."""
    path = run.evaluator.answers.committed.path
    recordings = hashlib.sha256(read_bytes(path) if path.is_file() else b"").hexdigest()
    commit = commit_id(run.lock_path.parent)
    return f"{commit}\n{recordings}", f"commit {commit[:12]}" if commit else "recordings"


def _rank(seed: str, example: str, draw: int) -> str:
    return hashlib.sha256(f"{seed}\n{draw}\n{example}".encode()).hexdigest()
