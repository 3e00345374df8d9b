"""New answers of locked genomes go from reports into the committed recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_promptevo.project.project import recordings_path
from pytest_promptevo.recording import Recording, salvage_committed, write_committed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.evaluation.evaluator import Verdict


def commit_verdicts(lock_path: Path, suite: str, verdicts: Iterable[Verdict]) -> bool:
    """Writes the recordings of a suite whose genome has just been locked."""
    answers = [(each.example, [asked.recording for asked in each.asked]) for each in verdicts]
    return write_committed(recordings_path(lock_path, suite), answers)


def commit_recordings(payloads: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merges the new recordings that reports carry into the committed files.

    Args:
        payloads: The payloads of all reports.

    Returns:
        A payload for the summary for each file that changed.
    """
    fresh: dict[tuple[str, str], dict[str, list[Recording]]] = {}
    for payload in payloads:
        if payload.get("recordings"):
            made = [Recording(**row) for row in payload["recordings"]]
            fresh.setdefault((payload["lock"], payload["suite"]), {})[payload["example"]] = made
    gates = {(each["lock"], each["suite"]): each for each in payloads if each["kind"] == "gate"}
    notes = []
    for (lock, suite), answers in fresh.items():
        path = recordings_path(Path(lock), suite)
        merged = {**salvage_committed(path)[0].by_example, **answers}
        gate = gates.get((lock, suite))
        if gate is not None and gate["whole"]:
            merged = {name: merged[name] for name in gate["ids"] if name in merged}
        text = f"{suite}: recorded {len(answers)} examples in {path.parent.name}/{path.name}"
        try:
            if not write_committed(path, merged.items()):
                continue
        except OSError as bad:
            text = f"{suite}: cannot write {path.parent.name}/{path.name}: {bad.strerror}"
        notes.append({"kind": "note", "suite": suite, "text": text})
    return notes
