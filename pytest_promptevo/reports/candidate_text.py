"""Candidates as text: in a search's report, and in the summary of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.reports.words import gene_lines, interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.project.suite_run import SuiteRun
    from pytest_promptevo.project.verdict import Verdict
    from pytest_promptevo.reports.search_model import CandidateReport

_VERDICTS = {
    "better": "better than the locked genome",
    "not worse": "shown to be not worse by more than {margin:.3g}",
    "open": "not shown to be better, nor worse by more than {margin:.3g}",
}


def candidate_line(candidate: SuiteRun, verdict: Verdict) -> str:
    """Returns the line for the summary of a run, with the figures that decide."""
    fitness = verdict.decides.figures.fitness
    which = f" {verdict.which}" if verdict.which else ""
    before = candidate.entry.figures.get("before") if candidate.entry else None
    beside = f", the locked genome {before.fitness.mean:.3f}" if before else ""
    return (
        f"{candidate.suite.name}: candidate-{candidate.number}: fitness {interval(fitness)} on "
        f"{fitness.n} examples{which}{beside}{'' if verdict.passes else ': FAIL'}"
    )


def candidate_lines(suite: str, candidates: Sequence[CandidateReport]) -> list[str]:
    """Returns what a search says of the genomes that it tested as candidates."""
    proposed = [each for each in candidates if not each.problem]
    lines = [
        f"{suite}: {len(proposed)} of {len(candidates)} tested genomes proposed as candidates "
        "for production's traffic"
    ]
    for number, each in enumerate(proposed, 1):
        lines.append(f"  candidate-{number}: {_told(each)}")
        lines.append(f"    {_VERDICTS[each.verdict].format(margin=each.margin)}")
        lines += [f"    {line}" for line in gene_lines(each.changes)]
    for each in candidates:
        if each.problem:
            lines.append(f"  left out: {_told(each)}")
            lines.append(f"    {each.problem}")
            lines += [f"    {line}" for line in gene_lines(each.changes)]
    return lines


def _told(candidate: CandidateReport) -> str:
    fitness, difference = candidate.fitness, candidate.difference
    return (
        f"fitness {interval(fitness)} on {fitness.n} examples the search never saw, "
        f"{difference.mean:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}] against the "
        "locked genome"
    )
