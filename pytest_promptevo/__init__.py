"""Prompt regression tests for pytest, and a search that finds better prompts."""

__version__ = "0.1.0"
