"""Simulated tables, for choices that need hundreds of seeds: they cost no model.

A landscape has a latent quality for every pair of genome and example: what each gene's value
does, what pairs of genes do together, what is peculiar to one genome, how hard the example is,
and how example and genome interact. An answer is right where the latent quality is above a
threshold of its request. `statistics` measures the same quantities of a table of real answers,
so that one sees whether the family is like them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.fitness import NAMES, Limit, Objectives
from pytest_promptevo.genome import Choice, FewShot, Float, Gene, Genome, Int, SearchSpace

from .recipes import genomes
from .tables import Answers, Table

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from pytest_promptevo.genome import Value

    Effect = Callable[[Hashable], float]


@dataclass(frozen=True)
class Family:
    """What landscapes are drawn from.

    Attributes:
        instructions: Levels of the gene that is a choice.
        pool: Few-shot examples to choose from.
        most: Most few-shot examples of a genome.
        warm: Whether the temperature is a gene (0 or 0.7).
        limits: Levels of max_tokens; 1 for none.
        examples: Number of golden examples.
        level: Mean latent quality; 0 is right in half of the cases.
        genes: Spread of what genes do one by one.
        pairs: Spread of what two genes do together.
        peculiar: Spread of what is peculiar to one genome.
        hardness: Spread between examples.
        interaction: Spread of what a value of a gene does to one example.
        noise: Spread of what is peculiar to one request.
        feasible: Share of the genomes that keep the hard limits (on quality and tokens).
    """

    instructions: int = 3
    pool: int = 4
    most: int = 3
    warm: bool = False
    limits: int = 3
    examples: int = 60
    level: float = -0.2
    genes: float = 0.35
    pairs: float = 0.25
    peculiar: float = 0.2
    hardness: float = 0.9
    interaction: float = 0.5
    noise: float = 0.4
    feasible: float = 1.0


def landscape(family: Family, seed: int) -> Table:
    """Draws a landscape as a table that any search can be replayed on."""
    rng = np.random.default_rng([seed, 14])
    space, initial = _space(family)
    names = genomes(space, initial)
    parts = [_parts(genome, family) for genome in names]
    values = _values(family, parts, rng)
    replicates = 2 if family.warm else 1
    shape = (replicates, len(names), family.examples)
    requests = list(dict.fromkeys(_request(genome) for genome in names))
    number = {request: index for index, request in enumerate(requests)}
    at = np.array([number[_request(genome)] for genome in names])
    noise = rng.normal(size=(replicates, len(requests), family.examples)) * family.noise
    lengths = _lengths(family, len(requests), rng)
    cold = np.array([not genome.get("temperature") for genome in names])
    noise[:, at[cold]] = noise[:1, at[cold]]
    limits = np.array([genome.get("max_tokens") or 10**6 for genome in names])
    whole = lengths[at] <= limits[:, None]
    scores = np.zeros((*shape, len(NAMES)))
    right = (values + noise[:, at] > 0) & whole
    scores[..., NAMES.index("quality")] = right
    shots = np.array([len(genome["shots"]) for genome in names])
    prompts = 60 + 40 * shots
    scores[..., NAMES.index("tokens")] = prompts[:, None] + np.minimum(lengths[at], limits[:, None])
    return Table(
        f"simulated-{seed}",
        space,
        _poor(names, initial, right),
        Objectives({"quality": 1.0, "tokens": -0.0005}, _limits(family, scores)),
        tuple(f"e-{index}" for index in range(family.examples)),
        scores.round(9),
        *_answers(at, lengths, limits, cold, shape),
        {"family": family},
    )


def _space(family: Family) -> tuple[SearchSpace, Genome]:
    genes: dict[str, Gene] = {
        "instruction": Choice([f"i-{index}" for index in range(family.instructions)]),
        "shots": FewShot([f"s-{index}" for index in range(family.pool)], family.most),
    }
    first: dict[str, Value] = {"instruction": "i-0", "shots": ()}
    if family.warm:
        genes["temperature"], first["temperature"] = Float(0, 0.7, step=0.7), 0.0
    if family.limits > 1:
        genes["max_tokens"] = Int(8, 8 * 2 ** (family.limits - 1), step=2, log=True)
        first["max_tokens"] = 8 * 2 ** (family.limits - 1)
    return SearchSpace(genes), Genome(first)


def _poor(names: Sequence[Genome], initial: Genome, right: np.ndarray) -> Genome:
    """Returns the worst genome that differs from the first one in the instruction alone."""
    rows = [
        index
        for index, genome in enumerate(names)
        if genome.with_(instruction=initial["instruction"]) == initial
    ]
    return names[min(rows, key=lambda row: float(right[:, row].mean()))]


def _limits(family: Family, scores: np.ndarray) -> dict[str, Limit]:
    """Returns limits that about as many genomes keep as the family says.

    Of quality and of tokens the same share is left, so that one stands against the other.
    """
    if family.feasible >= 1:
        return {}
    means = scores.mean(axis=(0, 2))
    quality, tokens = (means[:, NAMES.index(name)] for name in ("quality", "tokens"))
    for share in np.linspace(0.99, 0.01, 99):
        least, most = np.quantile(quality, 1 - share), np.quantile(tokens, share)
        if np.mean((quality >= least) & (tokens <= most)) <= family.feasible:
            break
    return {"quality": Limit(min=float(least)), "tokens": Limit(max=float(most))}


def _request(genome: Genome) -> Hashable:
    """Returns what all genomes share that differ in max_tokens alone."""
    return (genome["instruction"], genome["shots"], genome.get("temperature"))


def _parts(genome: Genome, family: Family) -> list[Hashable]:
    """Returns what of a genome has an effect of its own."""
    shots = genome["shots"]
    parts: list[Hashable] = [("instruction", genome["instruction"]), ("count", len(shots))]
    parts += [("shot", shot) for shot in shots]
    parts += [("last", shot) for shot in shots[-1:]]
    if family.warm:
        parts.append(("temperature", genome["temperature"]))
    return parts


def _values(
    family: Family, parts: Sequence[Sequence[Hashable]], rng: np.random.Generator
) -> np.ndarray:
    """Returns the latent quality, genome x example."""
    alone: dict[Hashable, float] = {}
    pairs: dict[Hashable, float] = {}
    own: dict[Hashable, float] = {}
    bent: dict[Hashable, np.ndarray] = {}

    def drawn(known: dict[Hashable, float], key: Hashable, spread: float) -> float:
        if key not in known:
            known[key] = float(rng.normal() * spread)
        return known[key]

    rows: list[np.ndarray] = []
    for each in parts:
        effect = sum(drawn(alone, part, family.genes) for part in each)
        effect += sum(drawn(pairs, pair, family.pairs) for pair in combinations(each, 2)) / 2
        effect += drawn(own, tuple(each), family.peculiar)
        for part in each:
            if part not in bent:
                bent[part] = rng.normal(size=family.examples) * family.interaction
        rows.append(effect + sum(bent[part] for part in each) / np.sqrt(len(each)))
    hardness = rng.normal(size=family.examples) * family.hardness
    return family.level + np.array(rows) + hardness


def _lengths(family: Family, requests: int, rng: np.random.Generator) -> np.ndarray:
    """Returns the tokens of each request's whole answer, request x example."""
    typical = rng.lognormal(np.log(5), 0.3, size=(requests, 1))
    return np.maximum(1, rng.lognormal(np.log(typical), 0.3, (requests, family.examples))).astype(
        int
    )


def _answers(
    at: np.ndarray,
    lengths: np.ndarray,
    limits: np.ndarray,
    cold: np.ndarray,
    shape: tuple[int, int, int],
) -> tuple[np.ndarray, Answers]:
    """Returns which answer each cell has, and the answers, by the rules of real tables."""
    known: dict[tuple[int, int, int, int], int] = {}
    asked = np.full((*shape, 1), -1)
    columns: list[tuple[int, int, bool]] = []
    for replicate, genome, example in np.ndindex(*shape):
        draw = 0 if cold[genome] else replicate
        length, limit = int(lengths[at[genome], example]), int(limits[genome])
        whole = length <= limit
        key = (draw, int(at[genome]), example, 0 if whole else limit)
        if key not in known:
            known[key] = len(columns)
            # The key of an answer is that of its request: draws of one request share it.
            columns.append((int(at[genome]) * shape[2] + example, min(length, limit), whole))
        asked[replicate, genome, example, 0] = known[key]
    keys, spent, stopped = (np.array(column) for column in zip(*columns, strict=True))
    nothing = np.zeros(len(columns))
    return asked, Answers(("",) * len(columns), keys, spent, nothing, stopped, nothing)


@dataclass(frozen=True)
class Statistics:
    """What a table looks like, in points of fitness.

    Attributes:
        start: Mean fitness of the genome that searches start from.
        middle: Median over the genomes.
        best: The best genome's.
        near: Share of genomes that reach 95 % of the best.
        genomes: Standard deviation between genomes' true means.
        examples: Between examples' means.
        paired: Of the paired differences of two genomes, example by example.
        additive: Share of the variance between genomes that genes explain one by one.
    """

    start: float
    middle: float
    best: float
    near: float
    genomes: float
    examples: float
    paired: float
    additive: float


def statistics(table: Table) -> Statistics:
    """Measures a table."""
    fitness = table.fitness.mean(axis=0)
    means = fitness.mean(axis=1)
    rng = np.random.default_rng(0)
    pairs = rng.integers(len(means), size=(300, 2))
    spreads = [float(np.std(fitness[one] - fitness[two])) for one, two in pairs if one != two]
    best = float(means.max())
    return Statistics(
        float(means[table.numbers[table.initial]]),
        float(np.median(means)),
        best,
        float(np.mean(means >= best - 0.05 * abs(best))),
        float(np.std(means)),
        float(np.std(fitness.mean(axis=0))),
        float(np.mean(spreads)),
        _additive(table, means),
    )


def _additive(table: Table, means: np.ndarray) -> float:
    rows = [_features(table.space, genome) for genome in table.genomes]
    names = sorted({name for row in rows for name in row}, key=str)
    matrix = np.array([[1.0, *(float(name in row) for name in names)] for row in rows])
    fitted = matrix @ np.linalg.lstsq(matrix, means, rcond=None)[0]
    return float(np.var(fitted) / np.var(means)) if np.var(means) else 0.0


def _features(space: SearchSpace, genome: Genome) -> set[Hashable]:
    """Returns what a genome has in common with others: values, few-shot examples, their number."""
    found: set[Hashable] = set()
    for name in space.free:
        value = genome[name]
        if isinstance(value, tuple):
            found |= {(name, len(value)), *((name, shot) for shot in value)}
        else:
            found.add((name, value))
    return found


FAMILIES: dict[str, Family] = {
    "usual": Family(),
    "flat": Family(
        level=0.6, genes=0.2, pairs=0.15, peculiar=0.12, hardness=1.2, interaction=0.3, limits=4
    ),
    "steep": Family(level=-1.2, genes=0.6, pairs=0.3, pool=3, most=2, warm=True, limits=5),
    "limits": Family(limits=4, pool=3, feasible=0.06),
    "warm": Family(level=-0.3, genes=0.3, pool=3, warm=True, interaction=0.6, limits=3),
}
"""Families that look like the tables of real answers, one by one."""
