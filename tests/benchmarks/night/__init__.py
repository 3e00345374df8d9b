"""Benchmarks of the night; see README.md."""

import os

# The matrices are small: more threads would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
