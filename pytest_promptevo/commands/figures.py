"""Shares as commands write them."""

from __future__ import annotations


def percent(share: float) -> str:
    """Returns a share with what matters of it: ``95 %``, ``8.33 %``."""
    return f"{100 * share:.3g} %"
