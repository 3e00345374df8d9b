"""python -m example_project.demo: evolve, roll out, keep from harm."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .evolution import evolve_both
from .gains import gains_of, measured_of
from .handover import hand_over
from .scenario import play
from .telling import evolution_text, plain_figures, plain_traffic, traffic_text
from .told import SHOWN
from .workshop import FIGURES, RECORDED, WORKSHOP, keep, workshop

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    """Does what the command line says."""
    told = _arguments()
    logging.getLogger("pytest_promptevo.live").setLevel(logging.ERROR)  # told by the demo itself
    if told.record:
        record(told)
    else:
        show(told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m example_project.demo", description=__doc__)
    parser.add_argument("--live", action="store_true", help="ask the embedded model for everything")
    parser.add_argument("--requests", type=int, default=6 * SHOWN, help="requests to simulate")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON alone")
    parser.add_argument(
        "--record",
        action="store_true",
        help="ask the embedded model for what the demo replays; what was asked is not asked again",
    )
    for name, default in (("recorded", RECORDED), ("figures", FIGURES), ("workshop", WORKSHOP)):
        parser.add_argument(f"--{name}", type=Path, default=default, help=argparse.SUPPRESS)
    parser.add_argument("--model", default="", help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.requests < 2 * SHOWN:
        parser.error(f"--requests: at least {2 * SHOWN:,}")
    if not (told.recorded.exists() or told.record or told.live):
        parser.error(f"{told.recorded.name} is missing: make it with --record, or use --live")
    return told


def show(told: argparse.Namespace) -> None:
    """Runs the demo in a folder that is gone afterwards."""
    started = time.monotonic()

    def tell(text: str) -> None:
        if not told.json:
            print(text, flush=True)

    mode, recorded = ("missing", None) if told.live else ("none", told.recorded)
    with tempfile.TemporaryDirectory(prefix="promptevo-demo-") as name:
        folder = Path(name)
        with workshop(folder, mode, recorded, told.model) as run:
            evaluator = run.evaluator
            evolved = evolve_both(evaluator, run.genome, _progress() if told.live else _silence)
            measured = measured_of(evaluator, evolved)
            gains = gains_of(measured)
            tell(evolution_text(evaluator, evolved, measured, gains))
            lock = folder / "production" / "promptevo.lock"
            lock.parent.mkdir()
            hand_over(evaluator, evolved, lock)
            tell(
                f"\nRollout: the shipped genome is locked, the best {len(evolved.best)} of the "
                f"search are candidates; {told.requests:,} requests\n"
            )
            traffic = play(evaluator, evolved.examples.confirm, lock, told.requests, tell)
            tell(f"\n{traffic_text(traffic)}")
    tell(f"\n{time.monotonic() - started:.0f} s in all")
    if told.json:
        figures = plain_figures(evolved, measured, gains)
        print(json.dumps({"figures": figures, "traffic": plain_traffic(traffic)}))


def record(told: argparse.Namespace) -> None:
    """Asks the model for what is not known yet, and writes what the demo replays."""
    told.workshop.mkdir(parents=True, exist_ok=True)
    with workshop(told.workshop, "missing", None, told.model) as run:
        evolved = evolve_both(run.evaluator, run.genome, _progress())
        rows = keep(run, evolved.all, told.recorded)
        measured = measured_of(run.evaluator, evolved)
        figures = plain_figures(evolved, measured, gains_of(measured))
        told.figures.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
        print(f"{rows:,} answers, {run.evaluator.answers.paid:,} of them asked for now")


def _progress() -> Callable[[str], None]:
    started = time.monotonic()

    def say(line: str) -> None:
        print(f"{(time.monotonic() - started) / 60:6.1f} min  {line}", file=sys.stderr, flush=True)

    return say


def _silence(_line: str) -> None:
    """Says nothing."""


if __name__ == "__main__":
    main()
