"""``promptevo queue``: production failures that wait for the answer that they should have had."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import one_line, shorten
from pytest_promptevo.base.times import when
from pytest_promptevo.commands import options
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.reports.tables import narrow

if TYPE_CHECKING:
    from pytest_promptevo.state.records import QueueRow

_LARGEST_ID = 2**63 - 1
_WIDTH = 48
_MOST = 50


def add_parser(commands: options.Commands) -> None:
    """Adds the command and its subcommands."""
    parser = options.add_command(
        commands,
        "queue",
        "production failures that wait for an expected answer",
        "Lists failures of production that wait for somebody to say what the answer should have "
        "been. Answered ones become golden examples with the next `promptevo nightly`. An "
        "application queues a failure by report(..., expected=...), or by live(..., redact=...), "
        "whose function says what of inputs and answer may be kept.",
        "  promptevo queue --suite order-number\n"
        "  promptevo queue answer 7 48213\n"
        "  promptevo queue drop 8",
    )
    parser.add_argument("--suite", metavar="SUITE", help="those of one suite alone")
    parser.add_argument("--all", action="store_true", help="those that are done, too")
    parser.add_argument(
        "--limit", type=_whole, default=_MOST, metavar="N", help=f"so many at most ({_MOST})"
    )
    options.add_json(parser)
    options.add_place(parser)
    parser.set_defaults(run=run_list)
    parts = parser.add_subparsers(metavar="answer|drop")

    answer = options.add_command(
        parts,
        "answer",
        "say what an answer should have been",
        "Says what the answer to a failure should have been; saying it again replaces it.",
        "  promptevo queue answer 7 48213\n"
        '  promptevo queue answer 9 \'{"item": "lamp", "count": 2}\' --as-json',
    )
    answer.add_argument("id", metavar="ID", type=_whole, help="its number in the list")
    answer.add_argument("expected", metavar="EXPECTED", help="the answer, a text as it stands")
    answer.add_argument(
        "--as-json", action="store_true", help="EXPECTED is JSON: a number, a list, an object"
    )
    drop = options.add_command(
        parts,
        "drop",
        "leave failures out",
        "Leaves failures out: they become no golden examples.",
        "  promptevo queue drop 8\n  promptevo queue drop 8 9 12",
    )
    drop.add_argument("ids", metavar="ID", type=_whole, nargs="+", help="their numbers in the list")
    for part, run in ((answer, run_answer), (drop, run_drop)):
        options.add_place(part)
        part.set_defaults(run=run)


def run_list(told: argparse.Namespace) -> int:
    """Lists what waits."""
    from pytest_promptevo.state.failures import WAITS, failures

    status = None if told.all else WAITS
    with options.opened(options.place_of(told), is_made=False) as state:
        rows = failures(state, suite=told.suite, status=status, most=told.limit + 1)
    is_cut, rows = len(rows) > told.limit, rows[: told.limit]
    if options.is_json(told):
        print(json.dumps([_plain(row) for row in rows], indent=2))
    elif rows:
        head = ["id", "suite", "since", "inputs", "answer", "expected", "status"]
        table = [_shown(row) for row in rows]
        columns = len(head) if told.all else len(head) - 2
        options.say(narrow([line[:columns] for line in [head, *table]]))
        if is_cut:
            options.say(f"these are the first {told.limit}: --limit shows more")
    else:
        of = f" of {told.suite}" if told.suite else ""
        options.say(f"no failure{of} {'is in the queue' if told.all else 'waits for an answer'}")
    return 0


def run_answer(told: argparse.Namespace) -> int:
    """Notes an answer."""
    from pytest_promptevo.state.failures import answer

    expected: Any = told.expected
    if told.as_json:
        try:
            expected = json.loads(told.expected)
        except (ValueError, RecursionError) as exc:
            raise SettingsError(f"EXPECTED is no JSON: {exc}") from None
    with options.opened(options.place_of(told), is_made=False) as state:
        row = answer(state, told.id, expected)
    options.say(f"{row.suite}: failure {told.id} is ready to become a golden example")
    return 0


def run_drop(told: argparse.Namespace) -> int:
    """Leaves failures out."""
    from pytest_promptevo.state.failures import drop

    with options.opened(options.place_of(told), is_made=False) as state:
        for number in dict.fromkeys(told.ids):
            row = drop(state, number)
            options.say(f"{row.suite}: failure {number} is left out")
    return 0


def _shown(row: QueueRow) -> list[str]:
    inputs, answer, expected = (shorten(one_line(text or "-"), _WIDTH) for text in row.queued)
    status = f"{row.status}: {row.why}" if row.why else row.status
    shown = [inputs, answer, expected, shorten(one_line(status), _WIDTH)]
    return [str(row.id), one_line(row.suite), when(row.at), *shown]


def _plain(row: QueueRow) -> dict[str, Any]:
    inputs, answer, expected = row.queued
    return {
        "id": row.id,
        "suite": row.suite,
        "decision": row.decision,
        "at": row.at,
        "status": row.status,
        "why": row.why,
        "inputs": _parsed(inputs),
        "answer": answer,
        "expected": _parsed(expected),
    }


def _parsed(text: str | None) -> Any:
    """Returns the JSON data of a text, or the text where somebody has written something else."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _whole(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= _LARGEST_ID:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 on, not {text!r}")
    return number
