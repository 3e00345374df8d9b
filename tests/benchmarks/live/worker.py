"""Serves traffic until it is told to end, or killed."""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import time
from collections import Counter
from pathlib import Path

from pytest_promptevo.runtime import live, store_link
from pytest_promptevo.state import controller
from pytest_promptevo.state.events import Reported, StoreLost, subscribe

QUALITY = (0.80, 0.85, 0.83)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("lock", type=Path)
    parser.add_argument("acknowledged", type=Path)
    parser.add_argument("--state")
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--rate", type=float, default=0.0, help="a second; 0: flat out")
    parser.add_argument("--tick", type=float, default=0.0, help="seconds between ticks")
    parser.add_argument("--unit", action="store_true", help="of one of a hundred users")
    parser.add_argument("--largest-file", type=int, help="bytes; the disk is then full")
    parser.add_argument("--full-after", type=float, default=1e9, help="seconds")
    told = parser.parse_args()
    logging.basicConfig(format="%(message)s")
    if told.tick:
        store_link.TICK_SECONDS = controller.TICK_SECONDS = told.tick
    print(json.dumps(serve(told)))


def serve(told: argparse.Namespace) -> dict[str, object]:
    rng = random.Random()
    counts: Counter[str] = Counter()

    def count(event: object) -> None:
        if isinstance(event, Reported):
            counts["stored" if event.is_stored else "spooled"] += 1
        elif isinstance(event, StoreLost):
            counts["lost"] += 1

    subscribe(count)
    chosen, reported, requests = [], [], []
    with (
        live(told.lock, "orders", told.state) as orders,
        told.acknowledged.open("a", encoding="utf-8", buffering=1) as acknowledged,
    ):
        places = {arm: index for index, arm in enumerate(orders._arms.lineup.arms[::-1])}
        begun = time.perf_counter()
        number = 0
        while (now := time.perf_counter()) < begun + told.seconds:
            number += 1
            if told.largest_file and now > begun + told.full_after:
                fill_the_disk(told.largest_file)
                told.largest_file = None
            if told.rate and (pause := begun + number / told.rate - now) > 0:
                time.sleep(pause)
            unit = f"user {rng.randrange(100)}" if told.unit else None
            started = time.perf_counter()
            turn = orders.choose(unit)
            between = time.perf_counter()
            quality = float(rng.random() < QUALITY[places[turn.arm]])
            is_kept = turn.report(quality, tokens=20)
            ended = time.perf_counter()
            chosen.append(between - started)
            reported.append(ended - between)
            text = turn.request(m="x").messages[0].content
            if told.rate:
                requests.append((time.time(), 1000 * (ended - started), text, is_kept, turn.id))
            counts[text] += 1
            if number == 1:
                print("ready", flush=True)
            if is_kept:
                acknowledged.write(f"{turn.id}\n")
        took = time.perf_counter() - begun
    return {
        "seconds": took,
        "choose": chosen,
        "report": reported,
        "requests": requests,
        "counts": counts,
    }


def fill_the_disk(largest: int) -> None:
    """No file of this process may grow beyond a size any more."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))


if __name__ == "__main__":
    sys.exit(main())
