"""Failures of production become golden examples: a few a night, and none that is there already."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.text_files import must_be_text, parse_json
from pytest_promptevo.errors import GoldenError, InputError
from pytest_promptevo.prompt import Example
from pytest_promptevo.state.failures import READY
from pytest_promptevo.state.records import LARGEST_TEXT
from pytest_promptevo.suite.duplicates import Twins
from pytest_promptevo.suite.scorer_check import check_scorers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.state.records import QueueRow
    from pytest_promptevo.suite import Suite

_QUEUE = Path("queue")
"""Where errors say that the data is."""

TAG = "production"
"""Tag of the examples that come from there."""

_SHARE = 10
"""A night adds one example for so many that are there."""


@dataclass(frozen=True)
class Harvest:
    """What a night takes from the queue.

    Attributes:
        taken: The new golden examples.
        refused: Number of a failure in the queue, and why it cannot become one of this suite.
        waiting: How many have to wait for another night: they can, or are nearly the same as one
            that is taken.
        there: Numbers of those that are golden examples already.
    """

    taken: tuple[Example, ...] = ()
    refused: tuple[tuple[int, str], ...] = ()
    waiting: int = 0
    there: tuple[int, ...] = ()


def most_of(suite: Suite) -> int:
    """Returns how many examples a night adds to a suite at most: a tenth, and one at least."""
    return max(1, len(suite.examples) // _SHARE)


def harvest(suite: Suite, rows: Iterable[QueueRow]) -> Harvest:
    """Chooses failures, the oldest first, that become golden examples.

    What is taken is not noted in the queue, but told a night later by its id, which follows from
    the decision. So a pull request that is not merged loses nothing.

    Args:
        suite: The suite as it is.
        rows: The queue; anybody who can write to the store has written it.
    """
    most, waiting = most_of(suite), 0
    taken: list[Example] = []
    refused: list[tuple[int, str]] = []
    there: list[int] = []
    needed, allowed = _names(suite)
    twins = Twins([*suite.examples, *suite.prompt.pool.values()])
    for row in rows:
        name = _id(row)
        if row.status != READY:
            continue
        if name in suite.by_id:
            there.append(row.id)
            continue
        try:
            example = _example(row, name)
            _check_inputs(example, needed, allowed)
            _check_expected(suite, example)
        except InputError as exc:
            refused.append((row.id, exc.message))
            continue
        twin = twins.of(example)
        if twin is not None and twin not in taken:
            refused.append((row.id, f"nearly the same as {twin.id}"))
        elif twin or len(taken) == most or not twins.is_whole:  # tonight's may not be merged
            waiting += 1
        else:
            taken.append(example)
            twins.add(example)
    return Harvest(tuple(taken), tuple(refused), waiting, tuple(there))


def _id(row: QueueRow) -> str:
    return f"prod-{text_key(str(row.decision))[:8]}"


def _example(row: QueueRow, name: str) -> Example:
    inputs = _parsed("inputs", row.queued.inputs)
    expected = _parsed("expected answer", row.queued.expected)
    if not isinstance(inputs, dict) or not inputs:
        raise GoldenError("its inputs are no mapping")
    return Example(name, inputs, expected, (TAG,))


def _parsed(what: str, text: Any) -> Any:
    if not isinstance(text, str) or len(text) > LARGEST_TEXT:
        raise GoldenError(f"its {what} {'are' if what == 'inputs' else 'is'} not there")
    value = parse_json(text, _QUEUE, 1, GoldenError)
    must_be_text(value, _QUEUE, 1, GoldenError)
    return value


def _names(suite: Suite) -> tuple[set[str], set[str]]:
    """Returns the inputs that all examples of a suite have, and those that any has."""
    each = [set(known.inputs) for known in suite.examples]
    return set.intersection(*each), set.union(*each)


def _check_inputs(example: Example, needed: set[str], allowed: set[str]) -> None:
    """Refuses inputs that are not those of the suite's examples."""
    if missing := sorted(needed - set(example.inputs)):
        raise GoldenError(f"it lacks the input {missing[0]!r}")
    if strange := sorted(set(example.inputs) - allowed):
        raise GoldenError(f"no golden example has its input {shorten(strange[0], 40)!r}")


def _check_expected(suite: Suite, example: Example) -> None:
    """Refuses an expected answer that the scorers themselves do not take for right."""
    if problems := check_scorers(replace(suite, examples=(example,))):
        raise GoldenError(problems[0])
