"""The closing section of a run with suites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.reports.terminal import SuiteRow, suites_table

if TYPE_CHECKING:
    import pytest


def write_summary(reporter: pytest.TerminalReporter, payloads: list[dict[str, Any]]) -> None:
    """Writes a row for each suite, then what deserves a line of its own."""
    if reporter.config.get_verbosity() < -1:
        return
    gates = {(each["lock"], each["suite"]): each for each in payloads if each["kind"] == "gate"}
    examples: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for payload in payloads:
        if payload["kind"] == "example":
            examples.setdefault((payload["lock"], payload["suite"]), []).append(payload)
    rows, notes = [], [each["text"] for each in payloads if each["kind"] == "note"]
    for key in sorted(examples):
        rows.append(_row(examples[key], gates.get(key)))
        notes += _notes(key[1], examples[key])
    table = suites_table(rows).splitlines() if rows else []
    if not (table or notes):
        return
    reporter.write_sep("-", "promptevo")
    for line in [*table, *sorted(notes)]:
        reporter.write_line(line)


def _row(examples: list[dict[str, Any]], gate: dict[str, Any] | None) -> SuiteRow:
    scores = [Score(*each["score"]) for each in sorted(examples, key=lambda each: each["example"])]
    facts = examples[0]
    return SuiteRow(
        suite=facts["suite"],
        figures=figures(scores, Objectives(facts["weights"])),
        total=facts["total"],
        threshold=facts["threshold"],
        state=facts["state"],
        passes=not gate.get("breaches") if gate and gate["whole"] else None,
        passed=sum(each["passed"] for each in examples),
    )


def _notes(suite: str, examples: list[dict[str, Any]]) -> list[str]:
    made = []
    improved = sorted(each["example"] for each in examples if each["known"] and each["passed"])
    lost = sorted(
        each["example"]
        for each in examples
        if each["state"] == "locked" and not each["known"] and not each["passed"]
    )
    if improved:
        made.append(f"{suite}: improved, no longer failing: {_some(improved)}")
    if lost:
        made.append(f"{suite}: regressed: {_some(lost)}")
    if stale := examples[0]["stale"]:
        made.append(
            f"{suite}: the lock is out of date ({', '.join(stale)} changed): "
            "run --evolve or --promptevo-update-lock"
        )
    if damage := examples[0]["damage"]:
        made.append(f"{suite}: warning: {damage}; damaged lines were not used")
    return made


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:8])
    return f"{shown} and {len(names) - 8} more" if len(names) > 8 else shown
