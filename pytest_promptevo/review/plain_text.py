"""A review as text for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted, one_line, shorten
from pytest_promptevo.errors import printable
from pytest_promptevo.review.alert import alert
from pytest_promptevo.review.numbers import with_interval
from pytest_promptevo.review.pieces import plain
from pytest_promptevo.review.provenance import provenance
from pytest_promptevo.review.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.review.flips import Flip
    from pytest_promptevo.review.model import Review, SuiteChange

_MOST_FLIPS = 20
_WIDTH = 60
_LONGEST = 500


def plain_text(review: Review) -> str:
    """Returns a review as plain text: per suite the alert, figures, settings, flips."""
    lines = []
    for change in review.suites:
        lines += [*_suite(change), ""]
    changed = len(review.suites)
    lines.append(
        f"{changed} of {counted(review.total, 'suite')} changed, {review.before} -> {review.after}"
    )
    for errors, when in ((review.unreadable, "before"), (review.unread, "at either end")):
        told = [shorten(one_line(error), _LONGEST) for error in errors[:_MOST_FLIPS]]
        lines += [f"not read {when}: {error}" for error in told]
        if (more := len(errors) - len(told)) > 0:
            lines.append(f"and {more} more that could not be read {when}")
    return printable("\n".join(lines))


def _suite(change: SuiteChange) -> Iterator[str]:
    yield plain(alert(change))
    if change.word is Word.REMOVED:
        return
    for row in change.figures.rows if change.is_relocked else ():
        if row.before is not None or row.after is not None:
            ends = [with_interval(row.name, end) for end in (row.before, row.after)]
            limits = f"  {', '.join(row.limits)}" if row.limits else ""
            yield f"  {row.name:<12} {ends[0]} -> {ends[1]}{limits}"
    for part in (*change.prompt.turns, *change.prompt.settings):
        if part.is_changed:
            yield f"  {part.name}: {_short(part.before)} -> {_short(part.after)}"
    for flip in change.flips.all[:_MOST_FLIPS]:
        yield f"  {_flip(flip)}"
    if (more := len(change.flips.all) - _MOST_FLIPS) > 0:
        yield f"  and {more} more examples stand otherwise"
    if told := provenance(change):
        yield f"  {plain(told)}"


def _flip(flip: Flip) -> str:
    about: list[str] = [flip.kind]
    if flip.is_unseen is not None:
        about.append("unseen" if flip.is_unseen else "seen by the search")
    if flip.is_edited:
        about.append("edited")
    answers = f"{_short(flip.before)} -> {_short(flip.after)}"
    return f"{flip.example} ({', '.join(about)}): expected {_short(flip.expected)}; {answers}"


def _short(text: str | None) -> str:
    return "-" if text is None else shorten(repr(text[: 2 * _WIDTH]), _WIDTH)
