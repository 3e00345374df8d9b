"""The report of a search as text for the terminal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tabulate import tabulate

from pytest_promptevo.base.text import counted, few_of
from pytest_promptevo.fitness import NAMES
from pytest_promptevo.reports.candidate_text import candidate_lines
from pytest_promptevo.reports.words import gene_lines, interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.fitness import Figures
    from pytest_promptevo.reports.search_model import SearchReport

_MOST_REASONS = 4

_UNITS = {"latency_ms": " ms"}


def search_text(report: SearchReport) -> str:
    """Returns the closing tables of a search: generations, before and after, genes."""
    fresh = report.before.fitness.n
    where = "examples the search never saw" if report.is_held_out else "examples (all)"
    lines = [
        f"{report.suite}: searched with {_calls(report)} ({report.stopped}); "
        "a call is an answer it needed, known or not",
        f"  {_asked(report.paid)}",
        *_refused(report.refused),
        *_generations(report),
        tabulate(
            before_after(report),
            [f"{fresh} {where}", "before [95 % CI]", "after [95 % CI]"],
            disable_numparse=True,
        ),
        f"before: {report.before.explained()}",
        f"after:  {report.after.explained()}",
        "changed genes:" if report.changes else "changed genes: none",
        *(f"  {line}" for line in gene_lines(report.changes)),
        *(f"{report.suite}: {note}" for note in report.notes),
        f"{report.suite}: {'accepted' if report.accepted else 'not accepted'}, {report.reason}",
        *(candidate_lines(report.suite, report.candidates) if report.candidates else ()),
    ]
    return "\n".join(lines)


def before_after(report: SearchReport) -> list[list[str]]:
    """Returns a row for fitness and for each objective."""
    old, new = report.before, report.after
    rows = [["fitness", interval(old.fitness), interval(new.fitness)]]
    for name in NAMES:
        rows.append([name, _mean(name, old), _mean(name, new)])
        if name == "latency_ms" and report.measured is not None:
            rows.append(["  measured", *(f"{mean:.1f} ms" for mean in report.measured)])
    return rows


def _calls(report: SearchReport) -> str:
    calls = f"{report.calls - report.proposals} calls"
    return f"{calls} + {counted(report.proposals, 'proposal')}" if report.proposals else calls


def _refused(refused: Sequence[str]) -> list[str]:
    """Returns why proposals came to nothing, the most frequent reason first."""
    if not refused:
        return []
    told = [f"{count} because {why}" for why, count in Counter(refused).most_common()]
    return [f"  proposals that were refused: {few_of(told, _MOST_REASONS)}"]


def _asked(paid: int) -> str:
    if not paid:
        return "all answers of baseline, search and test were known: no model was asked"
    return (
        f"{paid} of the answers of baseline, search and test were asked of the model now, "
        "the rest was known"
    )


def _generations(report: SearchReport) -> list[str]:
    if not report.history:
        return []
    head = ["after generation", "search calls", "fitness of the best so far"]
    rows = [[each.generation, each.calls, f"{each.best_fitness:.3f}"] for each in report.history]
    end = "winner" if report.changes else "none is better"
    rows.append([f"the end: {end}", report.search_calls, f"{report.found:.3f}"])
    return [
        tabulate(rows, head, disable_numparse=True),
        "  search calls: those of the search itself, without baseline and test",
        "  fitness: mean over the examples of the search, which chose the winner by them; what",
        "  it is worth, the table below tells",
        "",
    ]


def _mean(name: str, figures: Figures) -> str:
    estimate = figures.objectives[name]
    if name == "quality":
        return interval(estimate)
    return f"{estimate.mean:.1f} [{estimate.low:.1f}, {estimate.high:.1f}]{_UNITS.get(name, '')}"
