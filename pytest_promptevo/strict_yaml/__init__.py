"""YAML with line numbers, without surprises.

Scalars follow the JSON schema of YAML 1.2: only ``true``/``false``, ``null`` (or
``~`` or nothing) and plain decimal numbers are converted. ``007``, ``no``, ``1_000``,
``12:30`` and ``2024-01-01`` stay the strings that were written.
"""

from pytest_promptevo.strict_yaml.reader import Located, Path_, load
from pytest_promptevo.strict_yaml.writer import Flow, dump

__all__ = ["Flow", "Located", "Path_", "dump", "load"]
