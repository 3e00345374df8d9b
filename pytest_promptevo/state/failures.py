"""The queue of production failures that may become golden examples."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.state.records import LARGEST_TEXT, Queued, QueueRow, storable

if TYPE_CHECKING:
    from pytest_promptevo.state.sql_state import SqlState

WAITS = "waits"
"""Nobody has said yet what the answer should have been, or what was asked."""

READY = "ready"
"""It has all that an example needs."""

DROPPED = "dropped"
"""Somebody has said that it shall become none."""

REFUSED = "refused"
"""It cannot become one; the store says why behind a colon."""

TAKEN = "taken"
"""It has become a golden example."""

_LONGEST_REASON = 200
_COLUMNS = "id, suite, decision, inputs, answer, expected, status, at"
_SIZES = " + ".join(f"length(COALESCE({name}, ''))" for name in ("inputs", "answer", "expected"))
_SELECT = f"SELECT {_COLUMNS} FROM promptevo_queue WHERE {_SIZES} <= {3 * LARGEST_TEXT}"


def failures(
    state: SqlState, *, suite: str | None = None, status: str | None = None, most: int = 1000
) -> list[QueueRow]:
    """Returns failures of the queue, the oldest first.

    Args:
        state: The store.
        suite: Of which suite; None: of all.
        status: With which status; None: with any.
        most: How many at most.

    Raises:
        StateError: if the store cannot be used.
    """
    query, arguments = _SELECT, []
    for column, value in (("suite", suite), ("status", status)):
        if value is not None:
            query += f" AND {column} = ?"
            arguments.append(value)
    with state.reading() as session:
        rows = session.rows(f"{query} ORDER BY id LIMIT {int(most)}", arguments)
    return [_row(row) for row in rows]


def answer(state: SqlState, number: int, expected: Any) -> QueueRow:
    """Says what the answer to a failure should have been; saying it again replaces it.

    Args:
        state: The store.
        number: Its id.
        expected: JSON data.

    Returns:
        The failure as it was.

    Raises:
        SettingsError: if there is no such failure, its inputs are not known, or the answer is
            too large or no JSON data.
        StateError: if the store cannot be used.
    """
    try:
        text = canonical_json(expected)
        text.encode()
    except (ValueError, TypeError) as exc:
        raise SettingsError(f"an expected answer is a text, or JSON data: {exc}") from None
    if len(text) > LARGEST_TEXT:
        raise SettingsError(f"an expected answer has {LARGEST_TEXT} letters at most")
    row = _found(state, number)
    if row.queued.inputs is None:
        raise SettingsError(
            f"failure {number} has no inputs, so that it cannot become an example: "
            "report failures through their Turn, or with inputs="
        )
    _change(state, number, "expected = ?, status = ?", (text, READY))
    return row


def drop(state: SqlState, number: int) -> QueueRow:
    """Takes a failure out: it becomes no example. `answer` takes it in again.

    Returns:
        The failure as it was.

    Raises:
        SettingsError: if there is no such failure.
        StateError: if the store cannot be used.
    """
    row = _found(state, number)
    _change(state, number, "status = ?", (DROPPED,))
    return row


def take(state: SqlState, number: int) -> None:
    """Notes that a failure has become a golden example.

    Raises:
        StateError: if the store cannot be used.
    """
    _change(state, number, "status = ?", (TAKEN,))


def refuse(state: SqlState, number: int, why: str) -> None:
    """Notes that a failure cannot become a golden example. `answer` takes it in again.

    Args:
        state: The store.
        number: Its id.
        why: A sentence for people.

    Raises:
        StateError: if the store cannot be used.
    """
    clean = shorten(storable(why), _LONGEST_REASON)
    _change(state, number, "status = ?", (f"{REFUSED}: {clean}",))


def _found(state: SqlState, number: int) -> QueueRow:
    with state.reading() as session:
        rows = session.rows(f"{_SELECT} AND id = ?", (number,))
    if not rows:
        raise SettingsError(f"the queue has no failure {number}")
    return _row(rows[0])


def _change(state: SqlState, number: int, change: str, arguments: tuple[Any, ...]) -> None:
    with state.writing() as session:
        session.change(f"UPDATE promptevo_queue SET {change} WHERE id = ?", (*arguments, number))


def _row(row: tuple[Any, ...]) -> QueueRow:
    """Returns a row of the queue; what somebody has written that is no text is made one."""
    number, suite, decision, *texts, status, at = row
    inputs, given, expected = (None if text is None else str(text) for text in texts)
    since = float(at) if isinstance(at, (int, float)) else 0.0
    queued = Queued(inputs, given, expected)
    known, _, why = str(status).partition(": ")
    return QueueRow(int(number), str(suite), str(decision), queued, known, since, why)
