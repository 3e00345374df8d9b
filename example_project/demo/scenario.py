"""What happens to the demo's traffic, one thing after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .traffic import Traffic

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.prompt import Example

    from .told import Told

ASIDE = 200
"""Requests without the store, and with the kill switch."""


def play(
    evaluator: Evaluator,
    examples: Sequence[Example],
    lock: Path,
    requests: int,
    tell: Callable[[str], None],
) -> Told:
    """Serves requests: half of them in peace, then one thing after the other goes wrong."""
    with Traffic(evaluator, examples, lock, tell) as traffic:
        traffic.serve(requests // 2)
        traffic.spoil()
        traffic.serve(requests // 4)
        traffic.lose_store(ASIDE)
        traffic.serve(requests // 8 - ASIDE)
        traffic.switch_off(ASIDE)
        traffic.serve(requests - traffic.asked)
        return traffic.finish()
