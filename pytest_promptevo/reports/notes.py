"""What deserves a line about a suite, for the terminal and for the page alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.base.text import few_of
from pytest_promptevo.reports.next_step import out_of_date
from pytest_promptevo.reports.words import interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.reports.model import SuiteReport

_MOST_IDS = 8


class Note(NamedTuple):
    """A kind (``bad``, ``warn``, ``good`` or ``note``), a word for it, and a sentence."""

    kind: str
    word: str
    text: str


def notes_of(suite: SuiteReport) -> Iterator[Note]:
    """Yields what deserves a line, first about the examples, then about lock and recordings."""
    yield from _of_examples(suite)
    yield from _of_lock(suite)


def _of_examples(suite: SuiteReport) -> Iterator[Note]:
    if suite.improved:
        named = few_of(suite.improved, _MOST_IDS)
        yield Note("good", "improved", f"improved, no longer failing: {named}")
    if suite.regressed:
        yield Note("bad", "regressed", f"regressed: {few_of(suite.regressed, _MOST_IDS)}")
    if suite.unseen is not None:
        yield Note(
            "note",
            "figures",
            f"the figures are those of the {suite.unseen.fitness.n} examples {suite.which}, which "
            f"decide; fitness of all: {interval(suite.figures.fitness)}",
        )
    if suite.draws > 1:
        mixed = [f"{example} ({passes}/{suite.draws})" for example, passes in suite.mixed]
        some = f"; some draws pass of {len(mixed)}: {few_of(mixed, _MOST_IDS)}" if mixed else ""
        other = "" if suite.unseen is None else ", by other draws than in the search's test"
        yield Note("note", "draws", f"each example was drawn {suite.draws} times{other}{some}")
    if suite.unstable:
        named = few_of(suite.unstable, _MOST_IDS)
        told = f"fewer draws pass than in the lock, which may be chance: {named}"
        yield Note("warn", "draws", told)
    if suite.latency:
        yield Note("warn", "latency", suite.latency)
    if suite.judges and suite.tested:
        yield Note("note" if suite.agreement else "warn", "judge", _agreement(suite))


def _agreement(suite: SuiteReport) -> str:
    """Returns how far the judges can be trusted."""
    names, found = few_of(suite.judges, _MOST_IDS), suite.agreement
    if found is None:
        return (
            f"scorer {names} is a model, which nobody has compared with people: golden examples "
            'may hold answers that people have judged ("human")'
        )
    kappa = "" if found.kappa is None else f", kappa {found.kappa:.2f}"
    share = found.share
    wrong = (
        f"; it passes {found.lenient} that people fail, and fails {found.strict} that people pass"
        if found.lenient or found.strict
        else ""
    )
    return (
        f"scorer {names} agrees with people on {round(share.mean * share.n)} of {share.n} answers: "
        f"{interval(share)}{kappa}{wrong}"
    )


def _of_lock(suite: SuiteReport) -> Iterator[Note]:
    if suite.stale:
        yield Note("warn", "lock", out_of_date(suite))
    if suite.state == "draft":
        told = "a draft without a lock entry: whatever it scores, it cannot fail"
        yield Note("note", "draft", told)
    if suite.is_old_lock:
        yield Note(
            "warn",
            "lock",
            "its lock entry has version 1, which knows neither qualities nor recordings: "
            "--promptevo-update-lock rewrites it",
        )
    if suite.new:
        yield Note(
            "warn",
            "answers",
            f"the answers to {suite.new} of {suite.tested} examples are not the "
            "committed ones: --promptevo-update-lock accepts them",
        )
    if suite.damage:
        told = f"warning: {suite.damage}; damaged lines were not used"
        yield Note("warn", "recordings", told)
