"""What rides on pytest's reports, across pytest-xdist, too."""

from __future__ import annotations

RECORD = "promptevo"
"""Name of the attribute of a report that carries a verdict, as plain JSON data."""

FIRST_FAILURE = "promptevo_first_failure"
"""Name of the attribute of the report of a failing test whose suite has no lock entry yet: suite,
example (none for the gate) and why, as texts."""

AUDIT = "promptevo_audit"
"""Name of the attribute of a report that carries what an audit found, as a line."""

USAGE_ERROR = "promptevo_usage_error"
"""Name of the attribute of a report by which an xdist worker ends the run."""
