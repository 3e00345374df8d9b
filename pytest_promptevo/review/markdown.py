"""A review as GitHub-flavoured Markdown within the limits of a forge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted
from pytest_promptevo.errors import printable
from pytest_promptevo.review.html import span
from pytest_promptevo.review.sections import alert_section, errors_section, sections_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_promptevo.review.model import Review
    from pytest_promptevo.review.sections import Section

MARKER = "<!-- promptevo diff -->"
"""By this a comment is known again, so that it is updated and no other one is written."""

COMMENT = 65_536
"""Characters that a comment may have."""

SUMMARY = 1 << 20
"""Bytes that the summary of a step may have."""

_MOST_ALERTS = 40
_MOST_CUTS = 20


def markdown(review: Review, most: int = COMMENT, size: Callable[[str], int] = len) -> str:
    """Returns a review as Markdown.

    Args:
        review: The review.
        most: How large it may be. Sections are left out until it fits, those that matter least
            first, and it says which.
        size: Measures a text: in characters, if not given.
    """
    alerts = [alert_section(change) for change in review.suites[:_MOST_ALERTS]]
    sections = [each for change in review.suites[:_MOST_ALERTS] for each in sections_of(change)]
    cut: list[Section] = []
    text = _page(review, alerts, sections, cut)
    while size(text) > most and (sections or len(alerts) > 1):
        if sections:
            highest = max(section.rank for section in sections)
            # The last suite's first: suites are ordered, the worst first.
            last = max(at for at, section in enumerate(sections) if section.rank == highest)
            cut.append(sections.pop(last))
        else:
            alerts.pop()
        text = _page(review, alerts, sections, cut)
    return text


def _page(
    review: Review, alerts: Sequence[Section], sections: Sequence[Section], cut: Sequence[Section]
) -> str:
    parts = [MARKER, *(section.text for section in alerts)]
    if rest := len(review.suites) - len(alerts):
        parts.append(f"And {counted(rest, 'suite')} more changed.")
    parts.append(_count(review))
    for errors, when in ((review.unreadable, "before"), (review.unread, "at either end")):
        if errors:
            parts.append(errors_section(errors, when))
    parts += [section.text for section in sections]
    if cut:
        named = [f"{section.title} of {span(section.suite)}" for section in cut[:_MOST_CUTS]]
        more = f" and {len(cut) - _MOST_CUTS} more" if len(cut) > _MOST_CUTS else ""
        parts.append(f"Left out, as the page would be too long: {', '.join(named)}{more}.")
    return printable("\n\n".join(parts) + "\n")


def _count(review: Review) -> str:
    changed = len(review.suites)
    many = f"{changed} of {counted(review.total, 'suite')}" if changed else "No suite"
    of = "" if changed else f" (of {review.total})"
    return f"{many} changed{of}, {span(review.before)} → {span(review.after)}."
