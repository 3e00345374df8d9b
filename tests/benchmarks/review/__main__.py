"""``cd tests && python -m benchmarks.review``: 10,000 fuzzed hostile answers in reviews.

Each review has 40 hostile answers, and hostile names, prompts, tags and settings beside them. Its
Markdown is rendered by GitHub's own parser; counted is what is linked, mentioned, embedded,
styled, commented or open on the page, what a terminal would obey in its text, and what of its
JSON is not ASCII. Two answers of 10 MB are among them.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from dataclasses import replace
from random import Random

from pytest_promptevo.review.markdown import markdown
from review.hostile import text
from review.hostile_review import got_out, hostile_review

_MEGABYTES = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--answers", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    told = parser.parse_args()
    answers, active, longest = 0, Counter[str](), 0
    start, number = time.monotonic(), 0
    while answers < told.answers:
        rng = Random(told.seed * 1_000_003 + number)
        review, count = hostile_review(rng)
        if number == 0:
            change = review.suites[0]
            flips = change.flips
            long = [(text(rng, 40) * 100_000)[: _MEGABYTES << 20] for _ in range(2)]
            first = replace(flips.all[0], before=long[0], after=long[1], has_same_answer=False)
            change = replace(change, flips=replace(flips, all=(first, *flips.all[1:])))
            review = replace(review, suites=(change,))
        active.update(got_out(review))
        longest = max(longest, len(markdown(review)))
        answers, number = answers + count, number + 1
    seconds = time.monotonic() - start
    print(f"{answers} hostile answers in {number} reviews, {seconds:.0f} s")
    print(f"active: {sum(active.values())}")
    for found, count in active.most_common(20):
        print(f"  {count} x {found}")
    print(f"longest page: {longest:,} characters")


if __name__ == "__main__":
    main()
