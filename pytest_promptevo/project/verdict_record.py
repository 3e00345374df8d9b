"""Verdicts as plain JSON data: what reports carry to the summary, across xdist, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_promptevo.evaluation.evaluator import Verdict
    from pytest_promptevo.project.suite_run import SuiteRun


def gate_payload(run: SuiteRun) -> dict[str, Any]:
    """Returns what the controller needs to know of a suite."""
    return {
        **_suite_facts(run),
        "kind": "gate",
        "ids": [example.id for example in run.suite.examples],
        "whole": run.is_whole,
    }


def _suite_facts(run: SuiteRun) -> dict[str, Any]:
    """Returns what every report says of its suite: the gate's may not be among those of a part."""
    suite = run.suite
    return {
        "suite": suite.name,
        "lock": str(run.lock_path),
        "threshold": suite.threshold,
        "weights": dict(suite.objectives.weights),
        "total": len(suite.examples),
        "state": "locked" if run.entry else "draft" if suite.draft else "shipped",
        "stale": run.stale,
        "damage": str(run.damage).splitlines()[0] if run.damage else "",
    }


def example_payload(run: SuiteRun, verdict: Verdict, known: bool) -> dict[str, Any]:
    """Returns a verdict as plain data; recordings only where they shall be committed."""
    score = verdict.score
    made: dict[str, Any] = {
        **_suite_facts(run),
        "kind": "example",
        "example": verdict.example,
        "score": list(score.vector()),
        "passed": verdict.passed,
        "known": known,
    }
    answers = run.evaluator.answers
    if run.entry is not None and run.commits and run.is_locked_model and answers.mode != "none":
        recordings = [asked.recording for asked in verdict.asked]
        if run.damage or answers.committed.by_example.get(verdict.example, []) != recordings:
            made["recordings"] = [vars(recording) for recording in recordings]
    return made
