"""Answers of locked genomes go into the committed recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.project.verdict_record import GateRecord
from pytest_promptevo.recording import Recording, salvage_committed, write_committed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.project.verdict_record import Record


def recordings_path(lock_path: Path, suite: str) -> Path:
    """Returns where the recordings of a suite's locked genome are committed."""
    return lock_path.parent / "promptevo_recordings" / f"{suite}.jsonl"


def commit_evaluations(lock_path: Path, suite: str, evaluations: Iterable[Evaluation]) -> bool:
    """Writes the recordings of a suite whose genome has just been locked."""
    answers = [
        (evaluation.example, [asked.recording for asked in evaluation.asked])
        for evaluation in evaluations
    ]
    return write_committed(recordings_path(lock_path, suite), answers)


def commit_recordings(records: Sequence[Record]) -> list[str]:
    """Merges the new recordings that records carry into the committed files.

    Args:
        records: The records of all tests.

    Returns:
        A line for the summary for each file that changed, or could not be written.
    """
    fresh: dict[tuple[str, str], dict[str, list[Recording]]] = {}
    gates: dict[tuple[str, str], GateRecord] = {}
    for record in records:
        suite = (record.facts.lock, record.facts.suite)
        if isinstance(record, GateRecord):
            gates[suite] = record
        elif record.recordings:
            fresh.setdefault(suite, {})[record.example] = list(record.recordings)
    lines = [_commit(suite, answers, gates.get(suite)) for suite, answers in fresh.items()]
    return [line for line in lines if line]


def _commit(
    suite: tuple[str, str], answers: dict[str, list[Recording]], gate: GateRecord | None
) -> str:
    """Merges new answers into the file of a suite; returns what to tell, or nothing."""
    lock, name = suite
    path = recordings_path(Path(lock), name)
    merged = {**salvage_committed(path)[0].by_example, **answers}
    if gate is not None and gate.is_whole:
        merged = {example: merged[example] for example in gate.ids if example in merged}
    shown = f"{path.parent.name}/{path.name}"
    try:
        changed = write_committed(path, merged.items())
    except OSError as exc:
        return f"{name}: cannot write {shown}: {exc.strerror}"
    return f"{name}: recorded {len(answers)} examples in {shown}" if changed else ""
