"""The structured fuzz with 50,000 cases: `python -m tests.benchmarks.hardening.fuzz`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[2] / "malformed" / "test_structured.py"


def main() -> int:
    """Runs it; the argument is the number of cases, about 15 minutes for the usual ones."""
    os.environ["PROMPTEVO_FUZZ"] = sys.argv[1] if len(sys.argv) > 1 else "50000"
    return int(pytest.main(["-q", "-p", "no:randomly", "--durations=16", str(FUZZ)]))


if __name__ == "__main__":
    sys.exit(main())
