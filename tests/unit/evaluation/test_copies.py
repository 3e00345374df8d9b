from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.evaluation.copies import copies, observations
from pytest_promptevo.evaluation.evaluation import Asked, Evaluation
from pytest_promptevo.fitness import Feedback, Score
from unit.support import make_recording, make_suite

if TYPE_CHECKING:
    from pathlib import Path

MESSAGES = ["late parcel", "wrong size", "Late parcel!", "refund please", "wrong, size", "other"]


def test_observations_join_copies_and_near_duplicates(tmp_path: Path) -> None:
    """The second and the third make one request, and so two groups of near-duplicates are one."""
    golden = [
        {"id": f"e{at}", "inputs": {"message": message}, "expected": "x"}
        for at, message in enumerate(MESSAGES)
    ]
    suite = make_suite(tmp_path, golden=golden)
    asked = [0, 1, 1, 3, 4, 5]
    found = [
        Evaluation(
            Score(1.0), Feedback(), f"e{at}", asked=(Asked(16, make_recording(messages=of)),)
        )
        for at, of in enumerate(asked)
    ]
    assert copies(found) == [[0], [1, 2], [3], [4], [5]]
    assert observations(suite, found) == [[0, 1, 2, 4], [3], [5]]
    assert observations(suite, found[1:4]) == [[0, 1], [2]]
