"""Names and defaults of the search, for those who do not search: no numpy is imported."""

from __future__ import annotations

STRATEGY_NAMES = ("racing", "classic", "greedy")
"""The strategies of the search."""

DEFAULT_STRATEGY = "racing"

OPERATORS = {"reflect": 0.4, "contrast": 0.2, "rules": 0.2, "shorten": 0.1, "rewrite": 0.1}
"""What may be asked of who proposes texts, and how often as long as nothing is known."""
