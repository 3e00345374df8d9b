"""Asks the model again for some committed answers, and compares."""

from pytest_promptevo.project.audit.again import audit
from pytest_promptevo.project.audit.checked import Checked, Difference
from pytest_promptevo.project.audit.found import Audit

__all__ = ["Audit", "Checked", "Difference", "audit"]
