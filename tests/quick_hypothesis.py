"""Hypothesis, quick and without files in the repository."""

from __future__ import annotations

import tempfile

from hypothesis import HealthCheck, configuration, settings

configuration.set_hypothesis_home_dir(tempfile.gettempdir() + "/promptevo-hypothesis")
settings.register_profile(
    "promptevo",
    database=None,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("promptevo")
