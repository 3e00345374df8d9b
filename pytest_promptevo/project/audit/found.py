"""What came of asking again for recorded answers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING

from pytest_promptevo.project.audit.moved import Moved, moved

if TYPE_CHECKING:
    from pytest_promptevo.project.audit.checked import Checked, Difference


@dataclass(frozen=True)
class Audit:
    """What came of asking again.

    Attributes:
        suite: Name of the suite.
        total: Number of its recorded answers.
        checked: Those that were asked for again, in the order of the golden examples.
        drawn_by: What chose them: ``commit 0123456789ab`` or ``recordings``.
    """

    suite: str
    total: int
    checked: tuple[Checked, ...]
    drawn_by: str

    @property
    def differences(self) -> list[Difference]:
        """What had to be the same, and is not."""
        return [difference for each in self.checked for difference in each.differences]

    @property
    def varying(self) -> list[Checked]:
        """The answers that may vary."""
        return [each for each in self.checked if not each.is_exact]

    @cached_property
    def figures(self) -> dict[str, Moved]:
        """Figures of the answers that may vary, by the name of `FIGURES`; empty if none may."""
        return moved(self.varying) if self.varying else {}

    @property
    def beyond_noise(self) -> list[str]:
        """Which figures of answers that may vary are not what the model reaches now."""
        return [name for name, figure in self.figures.items() if figure.is_beyond]

    @property
    def latencies(self) -> tuple[float, float]:
        """Median latency in milliseconds, recorded and now."""
        recorded, now = zip(*(each.latency_ms for each in self.checked), strict=True)
        return median(recorded), median(now)

    @property
    def passes(self) -> bool:
        """Whether the recordings are what the model answers."""
        return not self.differences and not self.beyond_noise
