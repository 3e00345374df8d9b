"""Figures and genes in words, for all texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.word_diff import word_diff
from pytest_promptevo.errors import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness import Estimate
    from pytest_promptevo.reports.search_model import GeneChange

_VALUE_WIDTH = 70
_DIFF_WIDTH = 2_000

_MARKS = {
    "same": ("", ""),
    "gone": ("[-", "-]"),
    "new": ("{+", "+}"),
    "left out": ("[... ", " letters ...]"),
}


def interval(estimate: Estimate) -> str:
    """Returns ``0.91 [0.84, 0.95]``."""
    return f"{estimate.mean:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"


def gene_lines(changes: Sequence[GeneChange]) -> list[str]:
    """Returns a line for each gene that differs; two for a text that a search has made."""
    return [line for gene in changes for line in _gene_lines(gene)]


def _gene_lines(gene: GeneChange) -> list[str]:
    if gene.origin:
        return [
            f"{gene.name} ({gene.origin})",
            f"  {printable(marked_words(str(gene.before), str(gene.after)))}",
        ]
    return [f"{gene.name}: {_value(gene.before)} -> {_value(gene.after)}"]


def marked_words(before: str, after: str) -> str:
    """Returns two texts as one line, with ``[-what went-]`` and ``{+what came+}``.

    Line breaks count as blanks.
    """
    told = []
    for op, text in word_diff(" ".join(before.split()), " ".join(after.split()), _DIFF_WIDTH):
        opens, closes = _MARKS[op]
        words = text.strip() or text
        # Blanks around words stand outside of the marks.
        told.append(text.replace(words, f"{opens}{words}{closes}", 1))
    return "".join(told)


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return shorten(f"[{', '.join(value)}]", _VALUE_WIDTH)
    return shorten(repr(value) if isinstance(value, str) else str(value), _VALUE_WIDTH)


def percent(share: float) -> str:
    """Returns a share with what matters of it: ``95 %``, ``8.33 %``."""
    return f"{100 * share:.3g} %"
