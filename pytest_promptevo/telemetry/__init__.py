"""Traces, metrics and issues of live traffic, where the application has set up a tool for them.

::

    from pytest_promptevo import telemetry

    telemetry.opentelemetry()  # extra otel; says something where an SDK is set up
    telemetry.sentry()  # extra sentry; says something after sentry_sdk.init

Nothing of what is told holds a text of a prompt, an input or an answer.
"""

from pytest_promptevo.telemetry.subscribing import opentelemetry, sentry

__all__ = ["opentelemetry", "sentry"]
