"""What the demo prints, and the same as plain data."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tabulate import tabulate

from .evolution import HELD_OUT, SEARCHED, SPEED
from .gains import table
from .told import SHOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_promptevo.evaluation.evaluator import Evaluator

    from .evolution import Evolved
    from .gains import Gain, Measured
    from .told import Told


def evolution_text(
    evaluator: Evaluator,
    evolved: Evolved,
    measured: Mapping[str, Measured],
    gains: Sequence[Gain],
) -> str:
    """Returns the tables of the searches."""
    suite, test = evaluator.suite, evolved.confirmation
    after, generations = evolved.best[0].plain(), evolved.classic.result.generations
    changed = [
        f"  {name}: {_short(value)} -> {_short(after[name])}"
        for name, value in evolved.shipped.plain().items()
        if after[name] != value
    ]
    return "\n".join(
        [
            f"{suite.name}: {generations} generations (classic) and the greedy loop on {SEARCHED} "
            f"golden examples, measured on {HELD_OUT} others",
            "",
            _generations(evolved),
            "",
            table(measured, gains),
            "",
            "change: evolved against shipped. Latency is modelled, whatever the load: "
            f"{SPEED.prompt_ms:g} ms a token of the prompt, {SPEED.completion_ms:g} ms a "
            "generated one.",
            f"evolved - shipped: fitness {test.difference.mean:+.3f} "
            f"[{test.difference.low:+.3f}, {test.difference.high:+.3f}], p = {test.p_value:.2g} "
            f"(paired, {test.n} held-out examples): {test.verdict}",
            "",
            "genes of the evolved genome that changed:",
            *changed,
        ]
    )


def _generations(evolved: Evolved) -> str:
    rows = [
        [each.generation, each.population, f"{each.mean_fitness:.3f}", f"{each.best_fitness:.3f}"]
        for each in evolved.classic.result.history
    ]
    return tabulate(
        rows, headers=["generation", "genomes", "mean fitness", "best"], disable_numparse=True
    )


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:56]}..."


def traffic_text(traffic: Told) -> str:
    """Returns the tables of shares and of what the bandit believes."""
    names = list(traffic.rewards)
    shares = [
        [
            f"{each.upto - SHOWN + 1:,}-{each.upto - SHOWN + each.chosen.total():,}",
            each.stage,
            *(f"{each.chosen[name] / each.chosen.total():.1%}" for name in names),
            f"{each.quality / each.chosen.total():.2f}",
        ]
        for each in traffic.windows
    ]
    beliefs = [
        [name, len(rewards), f"{sum(rewards):.1f}", *(f"{x:.1f}" for x in traffic.posteriors[name])]
        for name, rewards in traffic.rewards.items()
    ]
    return "\n".join(
        [
            tabulate(
                shares,
                headers=["requests", "stage then", *names, "quality"],
                disable_numparse=True,
                colalign=("left", *["right"] * (len(names) + 2)),
            ),
            "",
            tabulate(
                beliefs,
                headers=["ThompsonBandit", "outcomes", "sum of rewards", "alpha", "beta"],
                disable_numparse=True,
                colalign=("left", *["right"] * 4),
            ),
        ]
    )


def plain_figures(
    evolved: Evolved, measured: Mapping[str, Measured], gains: Sequence[Gain]
) -> dict[str, Any]:
    """Returns the figures of the searches: the same for the same recorded answers."""
    return {
        "generations": evolved.classic.result.generations,
        "genomes": len(evolved.classic.result.scored),
        "measured": {name: _rounded(vars(each)) for name, each in measured.items()},
        "reached": {each.name: each.is_reached for each in gains},
        "p_value": evolved.confirmation.p_value,
        "verdict": evolved.confirmation.verdict,
    }


def plain_traffic(traffic: Told) -> dict[str, Any]:
    """Returns what traffic showed."""
    windows = [
        {"upto": each.upto, "stage": each.stage, "chosen": dict(each.chosen)}
        for each in traffic.windows
    ]
    return {**vars(traffic), "windows": windows}


def _rounded(figures: Mapping[str, float]) -> dict[str, float]:
    return {name: round(figure, 6) for name, figure in figures.items()}
