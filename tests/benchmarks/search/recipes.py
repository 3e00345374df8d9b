"""What each table is built from: a suite, its examples, and the grid of genomes."""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass, field, replace
from itertools import permutations, product
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.fitness import Objectives
from pytest_promptevo.genome import Choice, FewShot, Float, Gene, Genome, Int, SearchSpace, Value
from pytest_promptevo.providers.embedded.catalog import cache_folder
from pytest_promptevo.suite import load_suite

from .golden import Cut, write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.suite import Suite

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parents[2] / "example_project"
MODEL = "embedded:smollm2-135m-instruct"


@dataclass(frozen=True)
class Recipe:
    """How a table is built.

    Attributes:
        suite: File name of the suite, in the example project or in ``suites/``.
        cut: Where its golden examples come from, if not from the example project.
        genes: Genes whose levels differ from the suite's, so that the grid stays affordable.
        pool: Few-shot examples of the suite's pool that the grid has (empty: all of them).
        most: Most few-shot examples of one genome.
        start: Values of the first genome that differ from the shipped one's.
        examples: Number of golden examples, drawn once if the suite has more.
        replicates: Answers to each request at a temperature above 0.
        judges: Whether the table judges a version of the search, and so chooses nothing of it.
    """

    suite: str
    cut: Cut | None = None
    genes: Mapping[str, Gene] = field(default_factory=dict)
    pool: tuple[str, ...] = ()
    most: int = 3
    start: Mapping[str, Value] = field(default_factory=dict)
    examples: int = 60
    replicates: int = 2
    judges: bool = False


@dataclass(frozen=True)
class Grid:
    """A loaded recipe.

    Attributes:
        suite: The suite with the examples of the table.
        space: Genes of which every combination is in the table.
        initial: The genome that searches start from.
        replicates: See `Recipe`.
    """

    suite: Suite
    space: SearchSpace
    initial: Genome
    replicates: int


RECIPES: dict[str, Recipe] = {
    "order_number": Recipe(
        "order_number.promptevo.yaml",
        genes={
            "instruction": Choice(
                [
                    "Extract the order number.",
                    "What is the order number?",
                    "Reply with the order number, nothing else.",
                ]
            ),
            "persona": Choice([""]),
            "temperature": Float(0, 0.7, step=0.7),
            "max_tokens": Int(8, 32, step=1.5, log=True),
        },
        pool=("ord-s02", "ord-s04", "ord-s12"),
        most=2,
    ),
    "banking77": Recipe(
        "banking77.promptevo.yaml",
        Cut(
            "banking77",
            {"change_pin": "pin", "exchange_rate": "rate", "card_arrival": "delivery"},
            shots=4,
        ),
    ),
    "clinc150": Recipe(
        "clinc150.promptevo.yaml",
        Cut("clinc150", {"weather": "weather", "alarm": "alarm", "play_music": "music"}, shots=3),
    ),
    "triage": Recipe(
        "triage.promptevo.yaml",
        genes={
            "instruction": Choice(
                [
                    "Triage this ticket as JSON.",
                    "Does the customer ask about delivery, refund or cancel? Answer in JSON.",
                    "Reply with a JSON object: category (delivery, refund or cancel) and order.",
                    "Sort the message into delivery, refund or cancel and copy its order number.",
                ]
            ),
            "persona": Choice([""]),
            "temperature": Choice([0.0]),
            "max_tokens": Int(32, 96, step=1.42, log=True),
        },
        pool=("tri-s01", "tri-s02", "tri-s03"),
        start={"temperature": 0.0, "max_tokens": 96},
        judges=True,
    ),
    "bank_two": Recipe(
        "bank_two.promptevo.yaml",
        Cut(
            "banking77",
            {"lost_or_stolen_card": "card", "transfer_timing": "transfer"},
            shots=4,
        ),
        pool=("card-train-0", "transfer-train-0", "card-train-1"),
        judges=True,
    ),
    "voice_six": Recipe(
        "voice_six.promptevo.yaml",
        Cut(
            "clinc150",
            {
                "balance": "money",
                "recipe": "food",
                "book_hotel": "travel",
                "tire_pressure": "car",
                "pto_request": "work",
                "tell_joke": "joke",
            },
            shots=6,
        ),
        pool=("money-train-0", "food-train-0", "travel-train-0", "car-train-0"),
        most=2,
        judges=True,
    ),
    "voice_limits": Recipe(
        "voice_limits.promptevo.yaml",
        Cut(
            "clinc150",
            {
                "shopping_list": "shopping",
                "translate": "translation",
                "book_flight": "flight",
            },
            shots=4,
        ),
        most=2,
        judges=True,
    ),
    "bank_warm": Recipe(
        "bank_warm.promptevo.yaml",
        Cut(
            "banking77",
            {
                "request_refund": "refund",
                "verify_my_identity": "identity",
                "cash_withdrawal_charge": "cash",
            },
            shots=2,
        ),
        most=2,
        judges=True,
    ),
    "voice_target": Recipe(
        "voice_target.promptevo.yaml",
        Cut(
            "clinc150",
            {"timer": "timer", "directions": "way", "spelling": "word"},
            shots=3,
        ),
        most=2,
        judges=True,
    ),
    "amount": Recipe(
        "amount.promptevo.yaml",
        genes={
            "instruction": Choice(
                [
                    "What amount was the customer charged?",
                    "How much money is it about?",
                    "Extract the amount of money.",
                ]
            ),
            "persona": Choice([""]),
            "temperature": Choice([0.0]),
            "max_tokens": Int(8, 32, step=1.26, log=True),
        },
        pool=("amt-s01", "amt-s04", "amt-s06"),
        start={"temperature": 0.0},
    ),
}
"""The tables by name."""


def folder(name: str) -> Path:
    """Returns where a table and all that it is made from are kept, outside the project."""
    return cache_folder() / "tables" / name


def load(name: str) -> Grid:
    """Loads a recipe; golden examples of public data are cut on the way.

    Latency has no weight in a table: it would rank genomes by what else the machine did
    while they were asked.

    Raises:
        ValueError: if the first genome is not in the grid.
    """
    recipe = RECIPES[name]
    suite = _suite(recipe, folder(name)).with_models({"primary": MODEL})
    if suite.space is None:
        raise ValueError(f"{name}: nothing may vary")
    genes = {**suite.space, **recipe.genes}
    if "shots" in genes:
        genes["shots"] = FewShot(recipe.pool or list(suite.prompt.pool), recipe.most)
    space = SearchSpace(genes)
    initial = suite.shipped.with_(**recipe.start)
    if initial not in genomes(space, initial):
        raise ValueError(f"{name}: the first genome is not in the grid")
    order = np.random.default_rng(60).permutation(len(suite.examples))[: recipe.examples]
    suite = replace(
        suite,
        examples=tuple(suite.examples[at] for at in sorted(order)),
        objectives=Objectives(
            {**suite.objectives.weights, "latency_ms": 0.0}, suite.objectives.limits
        ),
    )
    warm = any(genome["temperature"] for genome in genomes(space, initial))
    return Grid(suite, space, initial, recipe.replicates if warm else 1)


def _suite(recipe: Recipe, work: Path) -> Suite:
    if recipe.cut is None:
        return load_suite(PROJECT / recipe.suite, PROJECT)
    write(recipe.cut, work)
    for path in (HERE / "suites").iterdir():
        if path.name.split(".")[0] == recipe.suite.split(".")[0] and path.is_file():
            shutil.copy(path, work / path.name)
    return load_suite(work / recipe.suite, work)


def genomes(space: SearchSpace, initial: Genome) -> list[Genome]:
    """Returns every genome of a space; those that differ in max_tokens alone stand together.

    The largest max_tokens comes first, so that its answers serve the smaller ones.
    """
    names = sorted(space, key=lambda name: name == "max_tokens")
    columns = [_values(space[name]) for name in names]
    if names[-1] == "max_tokens":
        columns[-1] = columns[-1][::-1]
    made = [initial.with_(**dict(zip(names, values, strict=True))) for values in product(*columns)]
    if len(made) != math.prod(int(space[name].size) for name in names):
        raise ValueError("the grid is not the whole space")
    return made


def _values(gene: Gene) -> list[Value]:
    if isinstance(gene, Choice):
        return list(gene.options)
    if isinstance(gene, FewShot):
        counts = range(gene.min, gene.max + 1)
        return [each for count in counts for each in permutations(gene.pool, count)]
    if isinstance(gene, (Int, Float)):
        return list(gene.grid)
    raise TypeError(f"no levels of {gene!r}")
