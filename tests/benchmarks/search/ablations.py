"""`racing` with one of its parts taken out, to see what the part is worth."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True)
class Ablation:
    """A strategy without one of its parts.

    Attributes:
        free: Whether answers that were seen serve later requests.
        changes: Dotted name of a constant or function to what stands in its place.
        strategy: The strategy.
    """

    free: bool = True
    changes: Mapping[str, Any] | None = None
    strategy: str = "racing"

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Takes the part out for a while."""
        with ExitStack() as stack:
            for name, value in (self.changes or {}).items():
                stack.enter_context(patch(name, value))
            yield


ABLATIONS: dict[str, Ablation] = {
    "racing, no free evaluations": Ablation(free=False),
}
"""The ablations by name."""
