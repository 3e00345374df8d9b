"""Examples by their tags, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.review.flips import is_other

if TYPE_CHECKING:
    from pytest_promptevo.review.outcomes import Outcomes


@dataclass(frozen=True)
class TagRow:
    """The examples of a tag that both ends have, unedited.

    Attributes:
        tag: The tag.
        n: How many examples have it.
        passed: How many pass before and after.
        fail_now: How many passed and fail now.
        pass_now: How many failed and pass now.
    """

    tag: str
    n: int
    passed: tuple[int, int]
    fail_now: int
    pass_now: int


def tag_rows(before: Outcomes, after: Outcomes) -> tuple[TagRow, ...]:
    """Returns a row for each tag, those where something flipped first."""
    members: dict[str, list[tuple[bool, bool]]] = {}
    for name, now in after.by_id.items():
        then, golden = before.by_id.get(name), after.examples.get(name)
        if then is None or golden is None or is_other(then, now):
            continue
        for tag in dict.fromkeys(golden.tags):
            members.setdefault(tag, []).append((then.passed, now.passed))
    rows = [_row(tag, pairs) for tag, pairs in members.items()]
    return tuple(sorted(rows, key=lambda row: (-row.fail_now, -row.pass_now, row.tag)))


def _row(tag: str, pairs: list[tuple[bool, bool]]) -> TagRow:
    return TagRow(
        tag,
        len(pairs),
        (sum(then for then, _ in pairs), sum(now for _, now in pairs)),
        sum(then and not now for then, now in pairs),
        sum(now and not then for then, now in pairs),
    )
