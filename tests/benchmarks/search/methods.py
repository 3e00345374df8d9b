"""Everything that runs on a table, by name."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.evolve import STRATEGIES, Budget, evolve

from .ablations import ABLATIONS
from .baselines import BASELINES
from .desk import Desk
from .replay import Replay

if TYPE_CHECKING:
    from .tables import Table

METHODS = (*BASELINES, *STRATEGIES, *ABLATIONS)
"""Names of all methods."""


@dataclass(frozen=True)
class Run:
    """One search over a table.

    Attributes:
        table: The table's name.
        method: The method's.
        seed: Seed of split, draws and search.
        budget: Most calls.
        calls: Calls spent.
        stopped: Why it ended.
        seconds: Processor time.
        trace: Calls and number of each recommended genome, from the first on.
    """

    table: str
    method: str
    seed: int
    budget: int
    calls: int
    stopped: str
    seconds: float
    trace: tuple[tuple[int, int], ...]

    def plain(self) -> dict[str, Any]:
        """Returns plain JSON data."""
        return asdict(self)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Run:
        """Returns the run that `plain` wrote."""
        return cls(**{**data, "trace": tuple((calls, at) for calls, at in data["trace"])})


def run(table: Table, method: str, seed: int, budget: int) -> Run:
    """Runs one method on a table.

    Raises:
        KeyError: if there is no such method.
    """
    start = time.process_time()
    if method in BASELINES:
        desk = Desk(replay := Replay(table, seed), budget)
        stopped = BASELINES[method](desk, seed)
        calls, trace = desk.ledger.calls, desk.ledger.trace
    else:
        ablation = ABLATIONS.get(method)
        replay = Replay(table, seed, free=ablation is None or ablation.free)
        with ablation.applied() if ablation else nullcontext():
            result = evolve(
                table.space,
                replay.examples,
                replay.score,
                initial=table.initial,
                strategy=ablation.strategy if ablation else method,
                budget=Budget(calls=budget),
                rng=seed,
                objectives=table.objectives,
                cost=replay.cost,
            )
        stopped, calls, trace = result.stopped, result.calls, list(result.trace)
    return Run(
        table.name,
        method,
        seed,
        budget,
        calls,
        stopped,
        round(time.process_time() - start, 2),
        tuple((spent, table.numbers[genome]) for spent, genome in trace),
    )
