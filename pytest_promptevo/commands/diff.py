"""``promptevo diff``: what a change does to locked genomes, from git objects alone."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import one_line, shorten
from pytest_promptevo.commands import options
from pytest_promptevo.errors import PromptEvoError, SettingsError

if TYPE_CHECKING:
    import argparse

    from pytest_promptevo.review.git import Repository
    from pytest_promptevo.review.model import Review
    from pytest_promptevo.review.trees import Tree

_DONE, _REFUSED, _ERROR = 0, 1, 2

_SUMMARY_VARIABLE = "GITHUB_STEP_SUMMARY"


def add_parser(commands: options.Commands) -> None:
    """Adds the command."""
    parser = options.add_command(
        commands,
        "diff",
        "say what a change does to locked genomes, for its review",
        "Says of each suite in a word what happened to it between two commits: better "
        "(confirmed), inconclusive, worse, regressed, stale, other weights, new or removed; and "
        "what speaks for that. It reads locks, suites, golden examples and recordings from git: "
        "no model is asked, no code of either commit is run, nothing is checked out. In GitHub "
        "Actions it is written to the step's summary, too. Exit codes: 0, 1 where --fail-on says "
        "so, 2 for an error.",
        "  promptevo diff main...HEAD --format md --output review.md --fail-on regressed,stale",
    )
    parser.add_argument(
        "range",
        metavar="BASE..HEAD",
        nargs="?",
        default="HEAD",
        help="two commits; BASE...HEAD: from where HEAD left BASE on; BASE alone: against the "
        "work tree (if none is given: HEAD against the work tree)",
    )
    parser.add_argument(
        "paths",
        metavar="PATH",
        nargs="*",
        default=[],
        help="folders and suite files that are looked at, after the commits (if none is given: "
        "the whole repository)",
    )
    parser.add_argument(
        "--format",
        choices=("text", "md", "json"),
        default="text",
        help="text for a terminal (the default), Markdown for a pull request, JSON for programs",
    )
    parser.add_argument("--output", metavar="FILE", help="write it there, and not to the terminal")
    parser.add_argument(
        "--fail-on",
        metavar="WORDS",
        default="",
        help="end with 1 where one of these holds of a suite: regressed, stale, unconfirmed, "
        "weights, removed, laxer",
    )
    parser.set_defaults(run=run)


def run(told: argparse.Namespace) -> int:
    """Reviews a change."""
    try:
        return _reviewed(told)
    except PromptEvoError as exc:
        options.complain(str(exc))
        return _ERROR
    except BrokenPipeError:  # nobody reads on: `promptevo diff ... | head`
        raise
    except OSError as exc:
        options.complain(f"{exc.strerror or exc}{f': {exc.filename}' if exc.filename else ''}")
        return _ERROR


def _reviewed(told: argparse.Namespace) -> int:
    from pytest_promptevo.review.changes import review
    from pytest_promptevo.review.git import Repository
    from pytest_promptevo.review.words import read_conditions

    refused_for = read_conditions(told.fail_on)
    with Repository.around(Path.cwd()) as repository:
        places = [Path(os.path.normpath(Path.cwd() / name)) for name in told.paths]
        ends = _ends_or_hint(told.range, repository)
        try:
            found = review(*ends, places)
        except SettingsError as exc:
            raise _hinted(exc, told, repository) from exc
    _tell(found, told)
    _summarize(found)
    hits = {change.name: change.conditions & refused_for for change in found.suites}
    for name, conditions in hits.items():
        if conditions:
            named = ", ".join(sorted(each.value for each in conditions))
            options.complain(f"--fail-on: {name}: {named}")
    return _REFUSED if any(hits.values()) else _DONE


def _hinted(
    error: SettingsError, told: argparse.Namespace, repository: Repository
) -> SettingsError:
    """Returns an error about a path; it says so where that is a second commit, as of `git diff`."""
    for name in told.paths:
        if not os.path.lexists(name) and repository.has_commit(name):
            shown = shorten(one_line(name), 100)
            base = shorten(one_line(told.range), 100)
            return SettingsError(
                f"{shown} is a commit, and paths stand after the commits: "
                f"promptevo diff {base}..{shown}"
            )
    return error


def _ends_or_hint(given: str, repository: Repository) -> tuple[Tree, Tree]:
    """Returns the two trees that are meant.

    Raises:
        SettingsError: if a commit is not there; it says so where a path stands in its place.
    """
    try:
        return _ends(given, repository)
    except SettingsError as exc:
        if not os.path.lexists(given):
            raise
        shown = shorten(one_line(given), 100)
        raise SettingsError(
            f"{shown} is a path, and commits stand first: promptevo diff HEAD {shown}"
        ) from exc


def _ends(given: str, repository: Repository) -> tuple[Tree, Tree]:
    """Returns the two trees that are meant.

    Raises:
        SettingsError: if a commit is not there.
    """
    from pytest_promptevo.review.trees import CommitTree, WorkTree

    dots = "..." if "..." in given else ".."
    base, is_range, head = given.partition(dots)
    if not base and not head:
        raise SettingsError("which commits? BASE..HEAD, or BASE against the work tree")
    if not is_range:
        return CommitTree(repository, repository.commit(base)), WorkTree(repository)
    one, other = repository.commit(base or "HEAD"), repository.commit(head or "HEAD")
    if dots == "...":
        one = repository.merge_base(one, other)
    return CommitTree(repository, one), CommitTree(repository, other)


def _tell(found: Review, told: argparse.Namespace) -> None:
    from pytest_promptevo.base.text_files import atomic_write, check_link

    text = _formatted(found, told.format)
    if told.output is None:
        options.say(text.rstrip("\n"))
        return
    path = Path(told.output)
    check_link(path)
    atomic_write(path, text if text.endswith("\n") else f"{text}\n")


def _formatted(found: Review, which: str) -> str:
    if which == "md":
        from pytest_promptevo.review.markdown import markdown

        return markdown(found)
    if which == "json":
        from pytest_promptevo.review.as_json import as_json

        return as_json(found)
    from pytest_promptevo.review.plain_text import plain_text

    return plain_text(found)


def _summarize(found: Review) -> None:
    """Adds the review to the summary of a step of GitHub Actions, if there is one."""
    where = os.environ.get(_SUMMARY_VARIABLE, "")
    if not where:
        return
    from pytest_promptevo.base.text_files import open_regular
    from pytest_promptevo.review.markdown import SUMMARY, markdown

    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    with open(open_regular(Path(where), flags), "a", encoding="utf-8", newline="\n") as file:
        room = SUMMARY - os.fstat(file.fileno()).st_size
        text = markdown(found, room, lambda text: len(text.encode()))
        if len(text.encode()) <= room:
            file.write(text)
        else:
            print("promptevo: the step's summary has no room left", file=sys.stderr)
