"""Names and defaults of the search, for those who do not search: no numpy is imported."""

from __future__ import annotations

STRATEGY_NAMES = ("racing", "classic", "greedy")
"""The strategies of the search."""

DEFAULT_STRATEGY = "racing"
