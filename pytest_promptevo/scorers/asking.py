"""Scorers that ask a model about an output."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_promptevo.prompt import Completion, Request

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Example, Output
    from pytest_promptevo.scorers.base import Judged

AskRole = Callable[[Request], Completion]
"""Answers a request whose model is a role of the suite."""


class AskingScorer(ABC):
    """A scorer that asks a model of the suite.

    What it asks is recorded like the answers themselves, and is no part of their costs.

    Attributes:
        role: The role of the suite's models that it asks.
    """

    role: str

    @abstractmethod
    def judge(self, output: Output, example: Example, ask: AskRole) -> Judged:
        """Returns the verdict on an output; raises what ``ask`` raises, too."""

    def __call__(self, output: Output, example: Example) -> Judged:
        """Scorers are called so; this one cannot do without a model."""
        raise TypeError(f"a model must be asked about example {example.id!r}")
