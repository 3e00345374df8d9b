"""Suites: a prompt, its golden examples, its search space and its gate."""

from pytest_promptevo.suite.load import load_suite, read_suite
from pytest_promptevo.suite.model import Suite

__all__ = ["Suite", "load_suite", "read_suite"]
