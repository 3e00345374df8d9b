"""What texts, layouts and forms bring: searches of real suites, judged on held-out examples."""
