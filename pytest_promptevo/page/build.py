"""Puts the page together: data of all sections into one file of HTML."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from pytest_promptevo import __version__
from pytest_promptevo.base.text import counted, few_of
from pytest_promptevo.base.times import when
from pytest_promptevo.page.charts.front import front_picture
from pytest_promptevo.page.charts.history import history_picture
from pytest_promptevo.page.charts.strips import strips_picture
from pytest_promptevo.page.room import MOST_BYTES, Room, rooms
from pytest_promptevo.page.sections.alerts import alerts_of
from pytest_promptevo.page.sections.beside import beside_of
from pytest_promptevo.page.sections.data import SuiteData, suites_of
from pytest_promptevo.page.sections.genes import genes_of
from pytest_promptevo.page.sections.grid import grid_of
from pytest_promptevo.page.sections.outputs import outputs_of
from pytest_promptevo.page.sections.provenance import ending_of, provenance_of
from pytest_promptevo.page.sections.tags import tags_of
from pytest_promptevo.page.sections.verdicts import verdict_strip
from pytest_promptevo.page.shown import BEFORE
from pytest_promptevo.page.texts import block, line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jinja2 import Template

    from pytest_promptevo.page.charts.render import Picture
    from pytest_promptevo.page.sections.production import Production
    from pytest_promptevo.page.shown import ShownExample, ShownSuite
    from pytest_promptevo.project.verdict_record import Record

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may do with the page: nothing is run, nothing is asked for."""

_MOST_STRIPS = 5
"""Genomes of which costs are drawn."""

_MOST_FAILED = 50
"""Failed tests that are told one by one, beside those of examples and gates."""

_LONGEST_ENDING = 600
"""Letters of how a search ended, which its record says."""

_MOST_PROBLEMS = 200
"""Problems that are told one by one."""

_MOST_ROWS = 1_500
"""Suites that have a row among the verdicts."""

_SAYS_MOST = ("failing", "not judged", "draft", "passing")
"""Which suites come first where there is no room for all."""


@dataclass(frozen=True)
class Page:
    """What a page is made of.

    Attributes:
        records: The verdicts of a run.
        shown: What it has shown beside them.
        at: When it was, in seconds since 1970.
        commit: Id of the commit that is checked out, or nothing.
        production: Lock and suite to its rollout, where a store was looked at.
        problems: What could not be shown, a line each.
        was_searched: Whether the run has searched a better genome, pass or fail.
        failed: Tests of suites that failed beside those of examples and gates (``[lock]``, those
            of candidates), with the reason, a line each.
    """

    records: Sequence[Record]
    shown: Iterable[ShownExample | ShownSuite]
    at: float
    commit: str = ""
    production: Mapping[tuple[str, str], Production] = field(default_factory=dict)
    problems: Sequence[str] = ()
    was_searched: bool = False
    failed: Sequence[str] = ()


def html_of(page: Page) -> str:
    """Returns the page as HTML, whole: it asks for nothing, and runs nothing."""
    suites = suites_of(page.records, page.shown, was_searched=page.was_searched)
    known = {suite.key for suite in suites}
    suites += [SuiteData(name, lock) for lock, name in page.production if (lock, name) not in known]
    names = Counter(suite.name for suite in suites)
    suites = [replace(suite, is_twin=names[suite.name] > 1) for suite in suites]
    html = ""
    for room in rooms(len(suites)):
        html = _html(page, suites, room)
        if len(html.encode()) <= MOST_BYTES:
            break
    return html


def _html(page: Page, suites: Sequence[SuiteData], room: Room) -> str:
    listed = _first_of(suites, _MOST_ROWS)
    in_full = {suite.key for suite in _first_of(suites, room.in_full)}
    anchors = [f"s{at}" if suite.key in in_full else "" for at, suite in enumerate(listed, 1)]
    parts = [
        _suite(suite, anchor, page.production.get(suite.key), room)
        for suite, anchor in zip(listed, anchors, strict=True)
        if anchor
    ]
    return _template().render(
        policy=POLICY,
        style=_style(),
        version=__version__,
        at=when(page.at),
        commit=line(page.commit[:12]),
        headline=_headline(suites, len(page.failed)),
        failed=[line(each, 600) for each in page.failed[:_MOST_FAILED]],
        failed_beside=max(len(page.failed) - _MOST_FAILED, 0),
        problems=_problems(page, len(suites), len(listed), room),
        strip=verdict_strip(listed, anchors),
        suites=parts,
    )


def _first_of(suites: Sequence[SuiteData], most: int) -> list[SuiteData]:
    """Returns so many suites, those that say most, in their order."""
    if len(suites) <= most:
        return list(suites)
    ranked = sorted(suites, key=lambda suite: _SAYS_MOST.index(_verdict(suite)))
    kept = {suite.key for suite in ranked[:most]}
    return [suite for suite in suites if suite.key in kept]


def _problems(page: Page, suites: int, listed: int, room: Room) -> list[str]:
    """Returns what could not be shown, and for what there is no room."""
    told = [line(each, 600) for each in page.problems[:_MOST_PROBLEMS]]
    if (more := len(page.problems) - _MOST_PROBLEMS) > 0:
        told.append(f"and {more:,} more")
    hint = "for there is no room for them: make a page of fewer suites"
    if not room.has_pictures:
        told.append(f"pictures, {hint}")
    if listed > room.in_full:
        told.append(f"all but the row of {counted(listed - room.in_full, 'suite')}, {hint}")
    if suites > listed:
        told.append(f"{counted(suites - listed, 'suite')} that the headline counts, {hint}")
    return told


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pytest_promptevo.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.jinja")


@cache
def _style() -> str:
    lines = (files("pytest_promptevo.page") / "templates" / "page.css").read_text("utf-8")
    return "\n".join(filter(None, map(str.strip, lines.splitlines())))


def _headline(suites: Sequence[SuiteData], others: int) -> str:
    reports = [suite.report for suite in suites if suite.report is not None]
    verdicts = [_verdict(suite) for suite in suites]
    failing = [
        line(suite.title, 60)
        for suite, verdict in zip(suites, verdicts, strict=True)
        if verdict == "failing"
    ]
    counts = {each: verdicts.count(each) for each in ("passing", "draft", "not judged")}
    told = [f"{len(failing)} failing ({few_of(failing, 4)})"] if failing else []
    told += [f"{count} {each}" for each, count in counts.items() if count]
    told = told or ["none was judged"]
    tested, passed = (sum(getattr(each, name) for each in reports) for name in ("tested", "passed"))
    passes = f" {passed:,} of {counted(tested, 'example')} pass." if tested else ""
    fail = sum(len(suite.failing) for suite in suites)
    fails = f" The tests of {counted(fail, 'example')} fail." if fail else ""
    beside = f" {counted(others, 'other test')} failed." if others else ""
    return f"{counted(len(suites), 'suite')}: {', '.join(told)}.{passes}{fails}{beside}"


def _verdict(suite: SuiteData) -> str:
    """Returns what became of a suite's tests, the gate among them."""
    passes = suite.report.passes if suite.report else None
    was_judged = any(name in suite.records for name in suite.failing)  # others have no answer
    if was_judged or (passes is False and not suite.is_draft):
        return "failing"
    if suite.is_draft:
        return "draft"
    return "passing" if passes else "not judged"


def _suite(
    suite: SuiteData, anchor: str, production: Production | None, room: Room
) -> dict[str, Any]:
    outputs = outputs_of(suite, anchor, room)
    anchors = {row.shown.example: row.anchor for row in outputs.rows}
    return {
        "name": line(suite.title),
        "anchor": anchor,
        "state": suite.tested,
        "alerts": alerts_of(suite),
        "ending": line(ending_of(suite), _LONGEST_ENDING),
        "pictures": _pictures(suite) if room.has_pictures else [],
        "genes": genes_of(suite, room),
        "prompt": _prompt(suite, room.letters),
        "grid": grid_of(suite, anchors, room),
        "beside": beside_of(suite),
        "outputs": outputs,
        "tags": tags_of(suite),
        "costs": _costs(suite) if room.has_pictures else [],
        "provenance": provenance_of(suite),
        "production": production,
    }


def _prompt(suite: SuiteData, most: int) -> list[tuple[str, str]]:
    """Returns the turns of the prompt's template."""
    if suite.shown is None:
        return []
    turns = [("system", suite.shown.system), ("user", suite.shown.user)]
    return [(role, block(text, most)) for role, text in turns if text]


def _pictures(suite: SuiteData) -> list[Picture]:
    if suite.search is None:
        return []
    limits = suite.shown.limits if suite.shown else {}
    costs = [name for name in ("latency_ms", "tokens") if _counts(suite, name)] or ["tokens"]
    names = suite.names()
    fronts = [
        front_picture(suite.search, names, cost, limits, is_again=at > 0)
        for at, cost in enumerate(costs)
    ]
    return [*fronts, history_picture(suite.search, names[suite.search.found])]


def _counts(suite: SuiteData, name: str) -> bool:
    weights = suite.report.decides.terms if suite.report else ()
    is_limited = bool(suite.shown and name in suite.shown.limits)
    return is_limited or any(term.name == name for term in weights)


def _costs(suite: SuiteData) -> list[Picture]:
    """Returns pictures of latency and tokens, where there is more than nothing to see."""
    columns = suite.shown.columns if suite.shown else ()
    scores = [record.score for record in suite.records.values()]
    pictures = []
    for name, title, unit in (("latency_ms", "Latency", "ms"), ("tokens", "Tokens", "tokens")):
        values: dict[str, list[float]] = {}
        for column in columns:
            found = [getattr(cell, name) for cell in column.cells.values()]
            values[column.name] = [each for each in found if each is not None]
        values[suite.tested] = [getattr(score, name) for score in scores]
        known = {row: each for row, each in values.items() if each and max(each) > 0}
        order = sorted(known, key=lambda row: row not in (BEFORE, suite.tested))[:_MOST_STRIPS]
        if order:
            pictures.append(strips_picture({row: known[row] for row in order}, title, unit))
    return pictures
