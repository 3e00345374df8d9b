"""The suite of the recorded answers is data of its tests."""

collect_ignore = ["recorded"]
