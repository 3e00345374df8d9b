"""Hypothesis, quick and without files in the repository."""

import quick_hypothesis  # noqa: F401
