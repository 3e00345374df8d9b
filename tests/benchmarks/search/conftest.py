"""The suites here lack their golden examples until `build` has cut them."""

collect_ignore = ["suites"]
