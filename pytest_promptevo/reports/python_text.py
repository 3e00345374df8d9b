"""What tests in Python have asked of locked prompts, for the terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def asked_lines(asked: list[tuple[dict[str, Any], bool]]) -> list[str]:
    """Returns a line for each suite whose prompt tests in Python have asked.

    Args:
        asked: What each test tells (suite and figures), and whether it passed.
    """
    total: dict[str, Counter[str]] = {}
    for told, passed in asked:
        counts = total.setdefault(told["suite"], Counter())
        figures = {name: value for name, value in told.items() if name != "suite"}
        counts.update({**figures, "tests": 1, "passed": int(passed)})
    return [line for suite, counts in sorted(total.items()) for line in _told(suite, counts)]


def _told(suite: str, counts: Counter[str]) -> Iterator[str]:
    answers = counts["answers"]
    each = f", {counts['tokens'] / answers:.0f} tokens each" if answers else ""
    yield (
        f"{suite}: asked by tests in Python: {counts['passed']}/{counts['tests']} pass, "
        f"{answers} {'answer' if answers == 1 else 'answers'}{each}"
    )
    if counts["new"]:
        of, were = ("answer", "was") if counts["new"] == 1 else ("answers", "were")
        yield (
            f"{suite}: {counts['new']} {of} of tests in Python {were} not committed before this "
            "run: a run with --promptevo-update-lock keeps what it asks for"
        )
