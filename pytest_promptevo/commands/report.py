"""``promptevo report``: a page of committed and stored answers, of searches, of production."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.commands import options
from pytest_promptevo.errors import (
    LockError,
    PromptEvoError,
    SettingsError,
    StateError,
    SuiteError,
    did_you_mean,
    shown_path,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from pytest_promptevo.page.sections.production import Production
    from pytest_promptevo.page.shown import ShownExample, ShownSuite
    from pytest_promptevo.project import Project, SuiteRun
    from pytest_promptevo.project.verdict_record import Record

_FILE = "promptevo-report.html"


def add_parser(commands: options.Commands) -> None:
    """Adds the command."""
    parser = options.add_command(
        commands,
        "report",
        "write a page with verdicts, answers, searches and production",
        "Judges the suites below a folder by answers that are committed or in the local store, "
        "and writes one page of HTML: verdicts with intervals, answers, the latest search, and, "
        "where there is a store of live outcomes, the rollout. No model is asked. Suites whose "
        "scorers a conftest.py offers are left to pytest --promptevo-report. It needs the extra "
        "'report'.",
        f"  promptevo report\n  promptevo report order-number --output {_FILE}",
    )
    parser.add_argument("suites", metavar="SUITE", nargs="*", help="names of suites (all)")
    parser.add_argument("--output", metavar="FILE", default=_FILE, help=f"the page ({_FILE})")
    parser.add_argument(
        "--root", metavar="FOLDER", help="the project's folder, where pytest runs (this one)"
    )
    options.add_models(parser)
    options.add_place(parser)
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Writes the page."""
    from pytest_promptevo.page.build import Page
    from pytest_promptevo.page.extra import check_extra
    from pytest_promptevo.page.write import check_target, write_page
    from pytest_promptevo.project import Project, Settings
    from pytest_promptevo.project.commit_id import commit_id

    path, root = Path(told.output), Path(told.root or ".")
    check_extra()
    check_target(path)
    problems: list[str] = []
    entries = _entries(told, problems)
    with Project.open(root, Settings(record="none"), _Warnings()) as project:
        runs = _loaded(project, told.suites, entries, problems)
        records, shown = _judged(runs, problems)
    production = _production(told, entries, problems)
    if not (runs or production or problems):
        raise SettingsError(f"no suite (*.promptevo.yaml) below {root}, and no live outcomes")
    page = Page(records, shown, time.time(), commit_id(root.resolve()), production, problems)
    options.say(write_page(path, page))
    for problem in problems:
        options.warn(problem)
    return 1 if problems else 0


def _entries(told: argparse.Namespace, problems: list[str]) -> list[str]:
    """Returns the suites of the lock that are meant; a lock that cannot be read is noted."""
    from pytest_promptevo.lock import read_lock

    path = options.lock_of(told)
    try:
        entries = read_lock(path).entries if path.exists() else {}
    except LockError as exc:
        problems.append(str(exc))
        return []
    return [name for name in sorted(entries) if not told.suites or name in told.suites]


def _loaded(
    project: Project, names: Sequence[str], entries: Sequence[str], problems: list[str]
) -> list[SuiteRun]:
    """Returns the suites that are meant and have a file; which cannot be loaded is noted.

    Raises:
        SettingsError: for a name that neither a file nor the lock has.
    """
    from pytest_promptevo.project.suite_files import suite_files
    from pytest_promptevo.suite.naming import suite_name

    known, runs = {*entries}, []
    for file in suite_files(project.root):
        try:
            name = suite_name(file)
            known.add(name)
            if not names or name in names:
                runs.append(project.load(file))
        except PromptEvoError as exc:
            problems.append(_of_pytest(exc, project.root) or str(exc))
    for name in names:
        if name not in known:
            near = did_you_mean(name, known)
            raise SettingsError(f"no suite {name!r} below {project.root}: {near}")
    return runs


def _of_pytest(error: PromptEvoError, root: Path) -> str:
    """Returns what to tell of a suite whose scorer a ``conftest.py`` may offer; else nothing."""
    from pytest_promptevo.suite.conftests import conftests_that_offer

    unknown = re.search(r"unknown scorer '.*?'(: did you mean '.*?'\?)?", str(error))
    if not (unknown and isinstance(error, SuiteError) and error.path):
        return ""
    for file in conftests_that_offer(error.path, root):
        return (
            f"{shown_path(error.path)}:{error.line}: {unknown[0]}\n"
            f"  hint: if {shown_path(file)} offers it, which only pytest loads: "
            "pytest --promptevo-report=FILE"
        )
    return ""


def _judged(
    runs: Iterable[SuiteRun], problems: list[str]
) -> tuple[list[Record], list[ShownExample | ShownSuite]]:
    """Returns verdicts and what is shown of suites, by answers that are there."""
    from pytest_promptevo.page.gather import judged_by_what_is_kept

    records: list[Record] = []
    shown: list[ShownExample | ShownSuite] = []
    for each in runs:
        try:
            found = judged_by_what_is_kept(each)
        except PromptEvoError as exc:
            problems.append(f"{each.suite.name}: {exc}")
            continue
        records += found[0]
        shown += found[1]
    return records, shown


def _production(
    told: argparse.Namespace, suites: Sequence[str], problems: list[str]
) -> dict[tuple[str, str], Production]:
    """Returns the rollouts of a lock's suites, where somebody names a store or there is one."""
    place = options.place_of(told)
    if not suites or (options.is_missing(place) and not options.names_state(told)):
        return {}
    from pytest_promptevo.page.sections.production import production_of

    lock = options.lock_of(told)
    place_of_lock = str(lock.parent.resolve() / lock.name)  # as the project tells it
    found = {}
    try:
        with options.opened(place, is_made=False) as state:
            for suite in suites:
                try:
                    arms = options.arms_of(told, suite)
                    names = options.names_of(arms)
                    found[place_of_lock, suite] = production_of(
                        state, arms.lineup, names, time.time()
                    )
                except (StateError, LockError) as exc:
                    problems.append(f"production of {suite}: {exc}")
    except StateError as exc:
        problems.append(f"production: {exc}")
    return found


class _Warnings:
    """Tells what stays, where programs do not read, and no states in between."""

    def show(self, text: str, share: float = 0.0) -> None:
        """Drops a state."""

    def say(self, text: str) -> None:
        """Writes a line."""
        options.warn(text)
