"""Searches over a thousand examples: ``python -m tests.benchmarks.search.many usual flat steep``.

On simulated landscapes of 1,200 examples, half of 1,000 is there to search on. A search that sees
100 of them and lets its best genomes see more (`improve.finals`) stands beside one that sees all
500. Truth is a genome's mean over all examples of the landscape.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from tabulate import tabulate

from pytest_promptevo.evolve import Budget, Result, Scored, evolve
from pytest_promptevo.evolve.splitting import MOST_SEARCHED
from pytest_promptevo.improve.finals import Finals

from .landscapes import FAMILIES, landscape
from .measure import calls_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genome import Genome

    from .tables import Table

EXAMPLES, SEARCHED = 1_200, 500


@dataclass(frozen=True)
class Scene:
    """A landscape and the order in which its examples are seen."""

    table: Table
    seed: int
    order: Sequence[int]

    @classmethod
    def of(cls, family: str, seed: int) -> Scene:
        table = landscape(replace(FAMILIES[family], examples=EXAMPLES), seed)
        return cls(table, seed, np.random.default_rng(seed).permutation(EXAMPLES).tolist())

    def score(self, genome: Genome, example: int) -> Scored:
        return Scored(self.table.score(0, self.table.numbers[genome], example))

    def searched(self, count: int) -> Result:
        """Returns what a search with the default budget finds."""
        return evolve(
            self.table.space,
            self.order[:count],
            self.score,
            initial=self.table.initial,
            rng=self.seed,
            objectives=self.table.objectives,
            budget=Budget(calls=40 * count),
        )

    def with_finals(self, result: Result) -> Result:
        """Returns what is best after the finals."""
        suite = SimpleNamespace(objectives=self.table.objectives)
        evaluator: Any = SimpleNamespace(suite=suite, workers=lambda: 1)
        evaluate: Any = self.score
        counter: Any = SimpleNamespace(count=lambda _each: 1)
        seen: Any = self.order[:MOST_SEARCHED]
        spare: Any = self.order[MOST_SEARCHED:SEARCHED]
        finals = Finals(evaluator, evaluate, counter, self.table.initial)
        return finals.held(result, seen, spare)[0]

    def measured(self, result: Result) -> tuple[float, float, float]:
        """Returns calls, calls to 95 %, and how many points the best genome is better."""
        truth, numbers = self.table.values(range(EXAMPLES)), self.table.numbers
        trace = [(calls, numbers[genome]) for calls, genome in result.trace]
        behind = 100 * (truth.max() - truth[numbers[result.recommended]])
        return result.calls, calls_until(trace, truth, 0.95), float(behind)


def main() -> None:
    """Prints a row for each family and way to search."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("families", nargs="+", choices=sorted(FAMILIES))
    parser.add_argument("--seeds", type=int, nargs=2, default=(320, 332), metavar=("FROM", "TO"))
    told = parser.parse_args()
    rows = []
    for family in told.families:
        ways: dict[str, list[tuple[float, float, float]]] = {}
        for seed in range(*told.seeds):
            scene = Scene.of(family, seed)
            few = scene.searched(MOST_SEARCHED)
            ways.setdefault(f"{MOST_SEARCHED}", []).append(scene.measured(few))
            ways.setdefault("and finals", []).append(scene.measured(scene.with_finals(few)))
            ways.setdefault(f"{SEARCHED}", []).append(scene.measured(scene.searched(SEARCHED)))
        for way, found in ways.items():
            calls, until, behind = np.array(found).T
            never = int(np.isinf(until).sum())
            rows.append(
                [family, way, np.median(calls), np.median(until), never, float(np.mean(behind))]
            )
    headers = ["family", "searched on", "calls", "to 95 %", "never there", "points behind"]
    print(tabulate(rows, headers, "github", floatfmt=(None, None, ",.0f", ",.0f", "", ".2f")))


if __name__ == "__main__":
    main()
