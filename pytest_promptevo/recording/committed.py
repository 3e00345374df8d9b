"""Committed recordings: one JSON line per answer, sorted, with stable bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from pytest_promptevo.base.text_files import atomic_write, read_text
from pytest_promptevo.errors import RecordingError
from pytest_promptevo.recording.record import Recording, best_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


_Count = Annotated[int, Field(ge=0)]


@with_config(ConfigDict(extra="forbid", strict=True, allow_inf_nan=False))
class _Row(TypedDict):
    example: str
    attempt: _Count
    text: str
    finish: Literal["stop", "length"]
    max_tokens: _Count | None
    prompt_tokens: _Count
    completion_tokens: _Count
    latency_ms: Annotated[float, Field(ge=0)]
    key: str
    messages: str
    params: str
    model: str


_ROW = TypeAdapter(_Row)
_RESTORE = (
    "take the file from version control, or record all of it again with --promptevo-record=all"
)
_RECORDING_FIELDS = tuple(each.name for each in fields(Recording))


@dataclass
class CommittedFile:
    """The recordings of one suite's locked genome.

    Attributes:
        path: The file, which may not exist.
        by_key: Request key to the answers recorded for it.
        by_example: Example id to its answers, in order of attempt.
    """

    path: Path
    by_key: dict[str, list[Recording]] = field(default_factory=dict)
    by_example: dict[str, list[Recording]] = field(default_factory=dict)

    def get(self, key: str, max_tokens: int | None) -> Recording | None:
        """Returns the answer that serves a request, or None."""
        found = self.by_key.get(key)
        return best_for(found, max_tokens) if found else None

    def add(self, example: str, recording: Recording) -> None:
        """Adds the next answer of an example."""
        self.by_key.setdefault(recording.key, []).append(recording)
        self.by_example.setdefault(example, []).append(recording)


def salvage_committed(path: Path) -> tuple[CommittedFile, RecordingError | None]:
    """Loads what can be read of a file of recordings.

    Returns:
        The recordings, and the first thing that is wrong with the file.
    """
    made, damage = CommittedFile(path), None
    if not path.exists():
        return made, None
    try:
        lines = read_text(path, RecordingError).split("\n")
    except RecordingError as exc:
        return made, exc
    for line, text in enumerate(lines, 1):
        if text.strip() and (problem := _add(made, text)):
            damage = damage or RecordingError(problem, path=path, line=line, hint=_RESTORE)
    return made, damage


def _add(made: CommittedFile, text: str) -> str:
    """Adds the recording of a line; returns what is wrong with it, or nothing."""
    try:
        row: dict[str, Any] = dict(_ROW.validate_json(text))
    except ValidationError as exc:
        first = exc.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return ": ".join(part for part in ("not a recording", where, first["msg"]) if part)
    example, attempt = row.pop("example"), row.pop("attempt")
    if attempt != len(made.by_example.get(example, [])):
        return f"attempt {attempt} of {example!r} is out of order or stands twice"
    made.add(example, Recording(**row))
    return ""


def write_committed(path: Path, answers: Iterable[tuple[str, list[Recording]]]) -> bool:
    """Writes the answers of each example, sorted by its id.

    Returns:
        Whether the file's bytes changed.
    """
    rows = []
    for example, recordings in sorted(answers):
        for attempt, made in enumerate(recordings):
            row = {"example": example, "attempt": attempt}
            values = {name: getattr(made, name) for name in _RECORDING_FIELDS}
            ordered = {name: {**row, **values}[name] for name in _Row.__annotations__}
            rows.append(json.dumps(ordered, ensure_ascii=False))
    text = "".join(f"{row}\n" for row in rows)
    if path.exists() and path.read_bytes() == text.encode():
        return False
    atomic_write(path, text)
    return True
