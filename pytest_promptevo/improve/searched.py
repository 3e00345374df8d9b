"""What earlier searches of a suite asked: a later one goes on from the answers."""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json, digest
from pytest_promptevo.base.notes import read_notes, write_notes
from pytest_promptevo.base.private_folder import make_private
from pytest_promptevo.base.text import counted
from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.evaluation.repeats import SEARCH_DRAW
from pytest_promptevo.evolve.names import DEFAULT_STRATEGY
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock.input_digests import input_digest
from pytest_promptevo.lock.parts import LockedText

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.evolve import Result
    from pytest_promptevo.improve.plan import Plan
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite

MOST = 2_000
"""Genomes that are kept and read at most, the latest."""

MOST_ANSWERS = 20_000
"""Answers of earlier searches that are looked up and scored at most, those of the latest genomes:
it takes seconds."""


class Searches:
    """Which genomes each finished search of a suite asked about which inputs.

    The answers are in the local store. What is not finished is not here: a search that was
    killed begins as it began before, and finds its answers in the store.

    Args:
        path: The file in the private folder, one genome and search a line.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def before(self, search: str, held_out: Iterable[Example]) -> dict[Genome, set[str]]:
        """Returns the genomes of other searches, with the digests of inputs (see `asked_of`).

        A search that has seen an example which is held out now is left out whole: its genomes
        were bred by what they do there, and would be tested on what has chosen them.

        Args:
            search: Identity of the search that begins; what it asked itself when it ran the
                last time is left out, so that it comes to the same end.
            held_out: The examples that test what it finds.
        """
        tests = set(map(asked_of, held_out))
        rows = [row for row in self._rows() if row["search"] != search]
        tainted = {row["search"] for row in rows if not tests.isdisjoint(row["asked"])}
        asked: dict[Genome, set[str]] = defaultdict(set)
        for row in rows:
            if row["search"] not in tainted:
                asked[Genome(row["genome"])].update(row["asked"])
        return dict(asked)

    def origins(self, search: str) -> dict[str, dict[str, LockedText]]:
        """Returns where the texts of other searches come from, by gene and text.

        Args:
            search: As for `before`.
        """
        told: dict[str, dict[str, LockedText]] = defaultdict(dict)
        for row in self._rows():
            for name, origin in row["texts"].items() if row["search"] != search else ():
                text = row["genome"].get(name)
                if isinstance(text, str):
                    told[name].setdefault(text, LockedText(**origin))
        return dict(told)

    def put(
        self,
        search: str,
        result: Result,
        examples: Sequence[Example],
        origins: Mapping[str, Mapping[str, LockedText]] | None = None,
    ) -> None:
        """Keeps what a search asked; where that cannot be written, a later one pays more.

        Args:
            search: Its identity.
            result: What it found.
            examples: The examples that it saw.
            origins: Where its texts come from, by gene and text.
        """
        digests = [asked_of(example) for example in examples]
        kept = [row for row in self._rows() if row["search"] != search]
        new = [
            {
                "search": search,
                "genome": genome.plain(),
                "asked": sorted({digests[place] for place in seen}),
                "texts": {
                    name: told[genome[name]].model_dump(exclude_defaults=True)
                    for name, told in (origins or {}).items()
                    if genome[name] in told
                },
            }
            for genome, seen in result.scored.items()
        ]
        with suppress(OSError):
            make_private(self._path.parent)
            write_notes(self._path, _latest([*kept, *new]))

    def _rows(self) -> list[dict[str, Any]]:
        """Returns the rows of searches of which none is left out: one row may taint the rest."""
        notes = read_notes(self._path, _checked, MOST)
        if notes.is_whole or not notes.rows:
            return notes.rows
        cut = notes.rows[0]["search"]
        return [row for row in notes.rows if row["search"] != cut]


def _latest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the rows of the latest searches, of each all or none: one row may taint the rest."""
    cut = {row["search"] for row in rows[:-MOST]}
    return [row for row in rows if row["search"] not in cut]


def identity(suite: Suite, before: Genome, plan: Plan) -> str:
    """Returns what tells a search from all others: what it is about, and how it goes."""
    budget = plan.budget
    return digest(
        [
            [suite.fingerprints, dict(suite.code), _models(suite), before.plain()],
            [plan.strategy, plan.seed, sorted(plan.held_out or ()), plan.draw, plan.candidates],
            [budget.calls, budget.tokens, budget.seconds] if budget else None,
        ]
    )


def _models(suite: Suite) -> dict[str, str]:
    return {**suite.proposers, **suite.prompt.models}


def asked_of(example: Example) -> str:
    """Returns what tells an example's inputs, but for names, case, blanks and punctuation."""
    return input_digest(example, sorted(example.inputs))


def known_before(
    evaluator: Evaluator,
    before: Genome,
    plan: Plan,
    examples: Sequence[Example],
    baseline: Mapping[str, Evaluation],
) -> dict[Genome, dict[int, Evaluation]]:
    """Returns what the answers to earlier searches are worth by the suite as it is now.

    Nothing is asked: an answer that is not stored, because the prompt changed since, say, is
    unknown. Of a target nothing is: to know it, the user's code would have to run.

    Args:
        evaluator: The suite's evaluator.
        before: The genome that the search starts from.
        plan: How to search; other strategies than `racing` begin anew.
        examples: The examples of the search.
        baseline: Evaluations of `before`, by example.

    Returns:
        Genome to place among the examples to evaluation, `before` first; nothing if no other
        genome is known.
    """
    suite = evaluator.suite
    if plan.strategy != DEFAULT_STRATEGY or suite.target:
        return {}
    known: dict[Genome, dict[int, Evaluation]] = {}
    places_of = [(place, asked_of(example)) for place, example in enumerate(examples)]
    left = MOST_ANSWERS
    for genome, asked in reversed(list(plan.searched.items())):
        if genome != before and _is_of(suite, genome, before):
            places = [place for place, name in places_of if name in asked]
            left -= len(places)
            if left < 0:
                break
            found = _recorded(evaluator, genome, examples, places)
            if found:
                known[genome] = found
    if not known:
        return {}
    known = dict(reversed(list(known.items())))
    own = {place: baseline[each.id] for place, each in enumerate(examples) if each.id in baseline}
    return {before: own, **known} if own else known


def told_known(known: Collection[Genome]) -> str:
    """Returns the line that tells of genomes which were known."""
    count = counted(len(known) - 1, "genome")
    return f"went on from {count} of earlier searches, whose answers are stored and cost nothing"


def _is_of(suite: Suite, genome: Genome, before: Genome) -> bool:
    """Whether a search from `before` can come to a genome."""
    space = suite.space
    if space is None or set(genome) != set(before) or any(space.problems(genome)):
        return False
    return all(genome[name] == before[name] for name in before if name not in space)


def _recorded(
    evaluator: Evaluator, genome: Genome, examples: Sequence[Example], places: Iterable[int]
) -> dict[int, Evaluation]:
    draw = SEARCH_DRAW if evaluator.suite.is_noisy(genome) else 0
    found = {}
    for place in places:
        with suppress(PromptEvoError):
            found[place] = evaluator.evaluate_by(
                evaluator.answers.recorded, genome, examples[place], draw
            )
    return found


def _checked(row: Any) -> dict[str, Any]:
    Genome(row["genome"])
    canonical_json(row["genome"]).encode()  # as it is written again
    return {
        "search": str(row["search"]),
        "genome": dict(row["genome"]),
        "asked": [str(each) for each in row["asked"]],
        "texts": _told(row.get("texts", {})),
    }


def _told(texts: Any) -> dict[str, Any]:
    """Returns where texts come from, as it is written again; nothing that is no such thing."""
    plain = {str(name): LockedText.model_validate(each) for name, each in dict(texts).items()}
    return {name: each.model_dump(exclude_defaults=True) for name, each in plain.items()}
