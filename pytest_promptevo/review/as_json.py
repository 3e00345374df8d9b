"""A review as JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_promptevo.review.alert import alert
from pytest_promptevo.review.pieces import plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.lock.parts import LockedText, Mean
    from pytest_promptevo.review.evidence import Evidence
    from pytest_promptevo.review.figures import Figure
    from pytest_promptevo.review.flips import Flip
    from pytest_promptevo.review.model import Review, SuiteChange

VERSION = 1
_LONGEST = 10_000
"""Letters of a text that somebody else wrote."""
_MOST_FLIPS = 1_000


def as_json(review: Review) -> str:
    """Returns a review as JSON in ASCII; keys may come to it, and none changes its meaning."""
    told = {
        "version": VERSION,
        "before": review.before,
        "after": review.after,
        "suites_in_all": review.total,
        "suites": [_suite(change) for change in review.suites],
        "unreadable_before": [_cut(error) for error in (*review.unreadable, *review.unread)],
        "unreadable": [_cut(error) for error in review.unread],
    }
    # What GitHub Actions would run stands in strings alone, and is written by its escapes.
    return json.dumps(told, indent=2).replace("##[", "#\\u0023[")


def _suite(change: SuiteChange) -> dict[str, Any]:
    flips = change.flips
    return {
        "suite": change.name,
        "word": change.word.value,
        "conditions": sorted(each.value for each in change.conditions),
        "told": plain(alert(change)),
        "counts": {
            "newly_failing": len(flips.of("fails now")),
            "fixed": len(flips.of("passes now")),
            "still_failing": flips.still_failing,
            "clearly_worse": len(flips.of("scores lower")),
            "compared": flips.shared,
            "new": flips.new,
            "new_failing": flips.new_failing,
        },
        "golden": {
            "edited": list(change.golden.edited),
            "new": list(change.golden.new),
            "removed": list(change.golden.removed),
            "renamed": dict(change.golden.renamed),
            "held_out": sorted(change.golden.held_out),
        },
        "stale": [
            _cut(each) for each in (*change.staleness.changed, change.staleness.foreign) if each
        ],
        "evidence": change.evidence and _evidence(change.evidence, change.tested),
        "figures": [_figure(row) for row in change.figures.rows],
        "prompt": [
            {"part": part.name, "before": _cut(part.before), "after": _cut(part.after)}
            for part in (*change.prompt.turns, *change.prompt.settings)
            if part.is_changed
        ],
        "origins": {name: _cut(text.told) for name, text in _made_texts(change).items()},
        "flips": [_flip(flip) for flip in flips.all[:_MOST_FLIPS]],
        "flips_in_all": len(flips.all),
        "tags": [
            {
                "tag": row.tag,
                "n": row.n,
                "passed": list(row.passed),
                "newly_failing": row.fail_now,
                "fixed": row.pass_now,
            }
            for row in change.tags
        ],
    }


def _made_texts(change: SuiteChange) -> Mapping[str, LockedText]:
    entry = change.entries[1]
    return entry.texts if entry else {}


def _evidence(evidence: Evidence, tested: int) -> dict[str, Any]:
    difference = evidence.difference
    return {
        "by": evidence.by,
        "verdict": evidence.verdict,
        "of": evidence.of,
        "examples": tested,
        "observations": evidence.n,
        "difference": difference and [difference.mean, difference.low, difference.high],
        "p_value": evidence.p_value,
        "detectable": evidence.detectable,
        "why": _cut(evidence.why),
    }


def _figure(row: Figure) -> dict[str, Any]:
    ends = [_end(row.before), _end(row.after)]
    return {"name": row.name, "before": ends[0], "after": ends[1], "limits": list(row.limits)}


def _end(value: Mean | float | None) -> list[float] | float | None:
    if value is None or isinstance(value, (int, float)):
        return value
    return [value.mean, value.low, value.high]


def _flip(flip: Flip) -> dict[str, Any]:
    return {
        "example": flip.example,
        "kind": flip.kind,
        "quality": list(flip.qualities),
        "expected": _cut(flip.expected),
        "before": _cut(flip.before),
        "after": _cut(flip.after),
        "unseen": flip.is_unseen,
        "edited": flip.is_edited,
        "tags": list(flip.tags),
    }


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= _LONGEST else f"{text[:_LONGEST]} […]"
