"""The composition of a run: suites, locks, stores and engines."""
