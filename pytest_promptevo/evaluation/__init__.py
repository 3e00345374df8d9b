"""One example, or many, under a genome: ask, score, count."""
