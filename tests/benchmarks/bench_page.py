"""The page: how large, how fast made and shown, and whether 10,000 hostile texts stay inert.

python tests/benchmarks/bench_page.py [--texts 10000]

Times are worth something on an idle machine alone. The browser part needs Chromium and the extras
``report`` and ``dev``.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from page.conftest import chromium
from page.hostile_texts import MARKS, hostile_texts
from page.making import hostile, page_of
from page.reading import active, read, text_of
from page.scene import evolve, make_project, run_pytest

from pytest_promptevo.page.build import html_of


def fuzz(count: int) -> None:
    """Shows hostile texts wherever one can stand, and counts what is more than a text."""
    rng = random.Random(2026)
    alive = hidden = largest = 0
    started = time.perf_counter()
    for text in hostile_texts(rng, count):
        html = hostile(text)
        reader = read(html)
        alive += bool(active(reader))
        hidden += bool(MARKS & set(text_of(reader)))
        largest = max(largest, len(html.encode()))
    took = time.perf_counter() - started
    print(f"{count:,} hostile texts: {alive} active, {hidden} with hidden letters, largest page "
          f"{largest / 1000:.0f} kB, {took:.0f} s")  # fmt: skip
    huge = hostile("<b>\x1b" * 2_500_000)
    print(f"10 MB: {len(active(read(huge)))} active, {len(huge.encode()) / 1000:.0f} kB")


def sizes() -> None:
    """Makes pages of made-up suites."""
    for count in (100, 1_000, 10_000):
        qualities = [float(at % 3 > 0) for at in range(count)]
        page = page_of(qualities, before=[0.0] * count)
        times = []
        for _ in range(3):
            started = time.perf_counter()
            html = html_of(page)
            times.append(time.perf_counter() - started)
        print(f"{count:,} examples: {len(html.encode()) / 1000:,.0f} kB, "
              f"{times[0]:.2f} s at first, then {min(times):.2f} s")  # fmt: skip


def shown(folder: Path) -> None:
    """Shows the page of a real search in a browser, several times."""
    root = make_project(folder / "project")
    evolve(root, root / "page.html")
    for name in ("page.html", "again.html"):
        times = []
        for report in ([], [f"--promptevo-report={name}"]):
            started = time.perf_counter()
            run_pytest(root, *report)
            times.append(time.perf_counter() - started)
        print(f"a run of 64 examples: {times[0]:.2f} s, with the page {times[1]:.2f} s")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        loads = []
        for _ in range(7):
            tab = browser.new_page()
            tab.goto((root / "page.html").as_uri())
            loads.append(tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd"))
            tab.close()
        browser.close()
    print(f"shown in Chromium in {median(loads):.0f} ms ({min(loads):.0f} to {max(loads):.0f})")


def main() -> None:
    """Runs all parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=10_000)
    told = parser.parse_args()
    sizes()
    with tempfile.TemporaryDirectory() as folder:
        shown(Path(folder))
    fuzz(told.texts)


if __name__ == "__main__":
    main()
