"""The suites of the recorded project are data of its tests."""

collect_ignore = ["recorded"]
