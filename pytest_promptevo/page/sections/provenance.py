"""Where the figures of a suite come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.times import when
from pytest_promptevo.errors import shown_path
from pytest_promptevo.lock.parts import Confirmed, Search
from pytest_promptevo.page.texts import line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.page.sections.data import SuiteData
    from pytest_promptevo.page.shown import Locked, ShownSuite

_MOST_MODELS = 12


def provenance_of(suite: SuiteData) -> list[tuple[str, str]]:
    """Returns terms with what is to be said of them."""
    return [(term, line(text, 500)) for term, text in _all(suite) if text]


def _all(suite: SuiteData) -> Iterator[tuple[str, str]]:
    shown, report = suite.shown, suite.report
    if shown is not None:
        yield "suite", shown.file
        yield "lock", _path(shown.lock) if shown.locked else "no entry"
        yield from _models(shown)
        yield "target", shown.target
        if shown.locked is not None:
            yield from _of_lock(shown.locked)
    if report is not None:
        terms = report.decides.terms
        objectives = " ".join(
            f"{'-+'[term.weight > 0]} {abs(term.weight):g} {term.name}" for term in terms
        )
        yield "fitness", f"{objectives.removeprefix('+ ')}; at least {report.threshold:g}"
        if shown is not None and shown.limits:
            yield "hard limits", "; ".join(_limit(*limit) for limit in shown.limits.items())
        yield "draws", f"{report.draws} of each example" if report.draws > 1 else ""
        yield "out of date", ", ".join(report.stale)
    yield from _of_search(suite)


def _path(lock: str) -> str:
    from pathlib import Path

    return shown_path(Path(lock))


def _models(shown: ShownSuite) -> Iterator[tuple[str, str]]:
    for role, name, digest in shown.models[:_MOST_MODELS]:
        mark = digest.removeprefix("sha256:")[:16]
        yield f"model {line(role, 30)}", f"{name}{f' ({mark}…)' if mark else ', weights unknown'}"


def _of_lock(locked: Locked) -> Iterator[tuple[str, str]]:
    search = locked.search
    yield "recordings", locked.recordings
    if not isinstance(search, Search):
        yield "found by", search
        return
    yield (
        "found by",
        f"{search.strategy}, seed {search.seed}, {search.calls:,} calls, {search.generations} "
        f"generations, ended: {search.stopped}",
    )
    confirmed = search.confirmed
    yield "confirmed", confirmed if isinstance(confirmed, str) else confirmed_in_words(confirmed)


def confirmed_in_words(test: Confirmed) -> str:
    """Returns what the paired test on held-out examples says, and what it could have seen."""
    difference = test.difference
    told = (
        f"{test.verdict} on {test.n} unseen examples: {difference.mean:+.3f} "
        f"[{difference.low:+.3f}, {difference.high:+.3f}], p = {test.p_value:.2g}"
    )
    if test.detectable is None:
        return told
    return f"{told}; the smallest difference it finds in 80 % of cases is {test.detectable:.3g}"


def _limit(name: str, bounds: dict[str, float]) -> str:
    words = {"min": "at least", "max": "at most", "p95_max": "95th percentile at most"}
    told = ", ".join(f"{words.get(each, each)} {bound:g}" for each, bound in bounds.items())
    return f"{name} {told}"


def ending_of(suite: SuiteData) -> str:
    """Returns in a sentence what became of the genome that the latest search has found."""
    search = suite.search
    if search is None:
        return ""
    if search.accepted and suite.shown is not None and not suite.found_is_tested:
        return (
            "The genome that it found was accepted, and is not the one that is tested here, as on "
            f"another branch or after a step back: {search.reason}."
        )
    if search.accepted:
        return f"The genome that it found was accepted: {search.reason}."
    return f"The genome that it found was not accepted, so the one before stays: {search.reason}."


def _of_search(suite: SuiteData) -> Iterator[tuple[str, str]]:
    search = suite.search
    if search is None:
        return
    what = "accepted" if search.accepted else "not accepted"
    yield (
        "latest search here",
        f"{when(suite.searched_at)}, {search.strategy}, seed {search.seed}, "
        f"{search.genomes:,} genomes, "
        f"{search.evaluations:,} scores, {search.calls:,} calls, ended: {search.stopped}; "
        f"{what}: {search.reason}",
    )
    if search.confirmed is not None and not search.accepted:
        yield "its test", confirmed_in_words(search.confirmed)
