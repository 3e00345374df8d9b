"""Figures as a review writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_promptevo.fitness import Estimate
    from pytest_promptevo.lock.parts import Mean

_FEW_DIGITS = 1e-5


def number(name: str, value: float) -> str:
    """Returns a figure by its name: ``0.63``, ``1,188 ms``, ``240``."""
    if name.startswith("latency"):
        return f"{value:,.0f} ms"
    if name == "tokens":
        return f"{value:,.0f}"
    return f"{value:.2f}"


def with_interval(name: str, value: Mean | float | None) -> str:
    """Returns a figure with its interval, where it has one: ``0.63 [0.54, 0.72]``."""
    if value is None:
        return "not known"
    if isinstance(value, (int, float)):
        return number(name, value)
    low, high = (number(name, end).removesuffix(" ms") for end in (value.low, value.high))
    return f"{number(name, value.mean)} [{low}, {high}]"


def middle(value: Mean | float) -> float:
    """Returns the mean of a figure, or the figure itself."""
    return value if isinstance(value, (int, float)) else value.mean


def gain(difference: Estimate) -> str:
    """Returns a difference with its interval: ``+0.82 [0.65, 1.00]``."""
    return f"{difference.mean:+.2f} [{difference.low:.2f}, {difference.high:.2f}]"


def p_value(p: float) -> str:
    """Returns a p-value: ``p = 0.00005``."""
    if p < _FEW_DIGITS:
        return f"p < {_FEW_DIGITS:.5f}"
    digits = f"{p:.2g}"
    return f"p = {f'{p:.6f}'.rstrip('0') if 'e' in digits else digits}"


def short_digest(digest: str) -> str:
    """Returns the start of a digest: ``b179c952…``."""
    told = digest.rpartition(":")[2]
    return told if len(told) <= 8 else f"{told[:8]}…"
