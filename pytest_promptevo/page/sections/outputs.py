"""Inputs, expected outputs and answers, one example after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.page.room import Room, size_of
from pytest_promptevo.page.sections.order import by_interest
from pytest_promptevo.page.shown import BEFORE
from pytest_promptevo.page.texts import changed, line

if TYPE_CHECKING:
    from pytest_promptevo.base.word_diff import Part
    from pytest_promptevo.page.sections.data import SuiteData
    from pytest_promptevo.page.shown import Cell, ShownExample
    from pytest_promptevo.project.verdict_record import ExampleRecord

MOST = 400
"""Examples whose answers are shown."""

_MARKUP, _OF_PART = 750, 11
"""Bytes of the markup of an example, and of a part that changed."""

_WORDS = {
    "passed": "passes",
    "failed": "fails",
    "known": "fails, as the lock knows",
    "unstable": "fewer draws pass than in the lock, which may be chance",
    "worse": "worse than the lock knows",
    "regressed": "regressed: the lock does not know this failure",
}


@dataclass(frozen=True)
class OutputRow:
    """An example with what came out.

    Attributes:
        anchor: Its name on the page.
        shown: The example.
        kind: ``p``, ``f`` or ``u``, as in the grid.
        sign: Its mark.
        summary: The first words of its inputs.
        got: The first words of its answer.
        standing: How it stands against the lock, in words.
        facts: Figures in words: latency, tokens, how the answer ended, repairs, draws.
        before: What the replaced genome did; None where that is not known.
        parts: Answers before and now as one text; nothing where they are shown apart.
    """

    anchor: str
    shown: ShownExample
    kind: str
    sign: str
    summary: str
    got: str
    standing: str
    facts: str
    before: Cell | None
    parts: list[Part]


@dataclass(frozen=True)
class Outputs:
    """The examples that are shown, and how many more there are."""

    rows: list[OutputRow]
    more: int


def outputs_of(suite: SuiteData, prefix: str, room: Room | None = None) -> Outputs:
    """Returns the answers of a suite, those first that say most.

    Args:
        suite: The suite.
        prefix: What the names of its examples begin with on the page.
        room: What they may take of the page.
    """
    rows: list[OutputRow] = []
    left = (room or Room()).answers
    examples = by_interest(suite)
    for at, example in enumerate(examples[:MOST]):
        before = suite.cell(BEFORE, example.example)
        row = _row(suite, example, before, f"{prefix}-e{at}")
        left -= _bytes(row)
        if left < 0:
            break
        rows.append(row)
    return Outputs(rows, len(examples) - len(rows))


def _bytes(row: OutputRow) -> int:
    example, before = row.shown, row.before
    texts = [example.expected, example.first, example.reason, example.error, row.summary, row.got]
    texts += [*example.tags, *(text for pair in example.inputs for text in pair)]
    if row.parts:
        texts += [part.text for part in row.parts]
    else:
        texts += [example.answer, (before and before.answer) or ""]
    return _MARKUP + size_of(texts) + _OF_PART * len(row.parts)


def _row(suite: SuiteData, example: ShownExample, before: Cell | None, anchor: str) -> OutputRow:
    record = suite.records.get(example.example)
    kind, sign = ("u", "!") if record is None else ("p", "✓") if record.passed else ("f", "✗")
    has_answers = before is not None and before.answer is not None and record is not None
    return OutputRow(
        anchor=anchor,
        shown=example,
        kind=kind,
        sign=sign,
        summary=line(" · ".join(text for _, text in example.inputs)),
        got=line(example.answer, 80),
        standing="could not be judged" if record is None else _WORDS[record.standing.value],
        facts=_facts(example, record) if record else "",
        before=before if has_answers else None,
        parts=changed((before and before.answer) or "", example.answer) if has_answers else [],
    )


def _facts(example: ShownExample, record: ExampleRecord) -> str:
    score = record.score
    told = [f"quality {score.quality:.3g}", f"{score.latency_ms:,.0f} ms", f"{score.tokens:,.0f} "
            "tokens"]  # fmt: skip
    if record.measured_ms is not None:
        told.append(f"measured {record.measured_ms:,.0f} ms")
    told.append("cut off by max_tokens" if example.is_cut else "ended by itself")
    if score.repairs:
        told.append(f"{score.repairs:g} repairs")
    if record.draws > 1:
        told.append(f"{record.passes} of {record.draws} draws pass")
    if record.is_held_out:
        told.append("unseen by the search")
    return " · ".join(told)
