"""The pairs are made of the data of another benchmark, which is found from the root."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))
