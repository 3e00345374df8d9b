"""What rides on pytest's reports, across pytest-xdist, too."""

from __future__ import annotations

RECORD = "promptevo"
"""Name of the attribute of a report that carries a verdict, as plain JSON data."""

FAILURE = "promptevo_failure"
"""Name of the attribute of a report that says of a failing test what `plugin.folding` groups."""

AUDIT = "promptevo_audit"
"""Name of the attribute of a report that carries what an audit found, as a line."""

SHOWN = "promptevo_shown"
"""Name of the attribute of a report that carries what the page shows, as plain JSON data."""

ASKED = "promptevo_asked"
"""Name of the attribute of a report that carries what a test in Python asked, as JSON data."""

USAGE_ERROR = "promptevo_usage_error"
"""Name of the attribute of a report by which an xdist worker ends the run."""

FAILED = "promptevo_failed"
"""Which test failed that the page does not tell of where it shows the suite, and why, in a line."""
