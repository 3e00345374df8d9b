"""Committed recordings: one JSON line per answer, sorted, with stable bytes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.base.garbage import no_garbage
from pytest_promptevo.base.text_files import (
    atomic_write,
    check_link,
    read_bytes,
    read_text,
)
from pytest_promptevo.errors import RecordingError
from pytest_promptevo.recording.committed_row import parsed_row, recording_of, row_text
from pytest_promptevo.recording.record import Recording, best_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


_RESTORE = (
    "take the file from version control, or record all of it again with "
    "--promptevo-record=all --promptevo-update-lock"
)


@dataclass
class CommittedFile:
    """The recordings of one suite's locked genome.

    Attributes:
        path: The file, which may not exist.
        by_key: Request key to the answers recorded for it, by the limit they were made under.
        by_example: Example id to its answers, in order of attempt.
        judged: Example id to the verdicts of judges on answers to it, in order.
        golden: Example id to the digest of the golden example that was answered, for files
            that hold it.
        digest: Digest of the file; empty if there is none, ``unreadable`` if it is no text.
    """

    path: Path
    by_key: dict[str, dict[int | None, Recording]] = field(default_factory=dict)
    by_example: dict[str, list[Recording]] = field(default_factory=dict)
    judged: dict[str, list[Recording]] = field(default_factory=dict)
    golden: dict[str, str] = field(default_factory=dict)
    digest: str = ""

    def get(self, key: str, max_tokens: int | None) -> Recording | None:
        """Returns the answer that serves a request, or None."""
        found = self.by_key.get(key, {})
        return found.get(max_tokens) or best_for(found.values(), max_tokens)

    def add(self, example: str, recording: Recording, *, is_judge: bool = False) -> None:
        """Adds the next answer of an example, or of a judge about one."""
        self.by_key.setdefault(recording.key, {}).setdefault(recording.max_tokens, recording)
        where = self.judged if is_judge else self.by_example
        where.setdefault(example, []).append(recording)


def salvage_committed(path: Path) -> tuple[CommittedFile, RecordingError | None]:
    """Loads what can be read of a file of recordings.

    Returns:
        The recordings, and the first thing that is wrong with the file.
    """
    try:
        check_link(path)
        if not path.exists():
            return CommittedFile(path), None
        content = read_text(path, RecordingError)
    except OSError as exc:
        damage = RecordingError(str(exc.strerror), path=path, line=1)
    except RecordingError as exc:
        damage = exc
    else:
        return salvage_text(content, path)
    damage.hint = damage.hint or _RESTORE
    # There is a file, and no lock was written with it.
    return CommittedFile(path, digest="unreadable"), damage


@no_garbage()
def salvage_text(content: str, path: Path) -> tuple[CommittedFile, RecordingError | None]:
    """Reads what can be read of the text of a file of recordings; returns as `salvage_committed`.

    A line that stands twice, as a merge leaves it that keeps the lines of both sides, is one.
    """
    made, damage = CommittedFile(path), None
    seen, digest = set[str](), hashlib.sha256()
    lines = content.replace("\r\n", "\n").split("\n")
    del content  # a file may have a hundred thousand lines
    for line, text in enumerate(lines, 1):
        is_blank = not text.strip()
        if text in seen and not is_blank:
            continue
        digest.update((f"\n{text}" if seen else text).encode("utf-8", "replace"))
        seen.add(text)
        if not is_blank and (problem := _add(made, text)):
            damage = damage or RecordingError(problem, path=path, line=line, hint=_RESTORE)
    made.digest = _told_digest(digest)
    return made, damage


def _add(made: CommittedFile, text: str) -> str:
    """Adds the recording of a line; returns what is wrong with it, or nothing."""
    try:
        row = parsed_row(text)
    except ValueError as exc:
        return str(exc)
    example, attempt = row.pop("example"), row.pop("attempt")
    is_judge = row.pop("judge", False)
    known = made.judged if is_judge else made.by_example
    if attempt != len(known.get(example, [])):
        return f"attempt {attempt} of {example!r} is out of order or stands twice"
    row.pop("draw", None)  # tells people; the key tells draws apart
    golden, recording = row.pop("golden", ""), recording_of(row)
    if why := recording.misfit() or _contradicts(made, recording, example, golden):
        return f"not a recording: {why}"
    if golden:
        made.golden[example] = golden
    made.add(example, recording, is_judge=is_judge)
    return ""


def _contradicts(made: CommittedFile, recording: Recording, example: str, golden: str) -> str:
    """What the lines above say otherwise: a model answers a request once, an example is one."""
    if golden and made.golden.get(example, golden) != golden:
        return f"{example!r} has another golden digest above"
    other = made.by_key.get(recording.key, {}).get(recording.max_tokens, recording)
    is_same = other is recording or other == recording
    return "" if is_same else "another answer to the same request stands above"


@dataclass(frozen=True)
class Answered:
    """A golden example with its answers.

    Attributes:
        example: Its id.
        golden: Digest of the example that was answered.
        recordings: Number of the draw and answer, in order of attempt.
        judged: The same of the verdicts of judges.
    """

    example: str
    golden: str
    recordings: Sequence[tuple[int, Recording]]
    judged: Sequence[tuple[int, Recording]] = ()


def committed_text(answers: Iterable[Answered]) -> str:
    """Returns the bytes of a file of recordings, sorted by the id of the example."""
    rows = []
    for answered in sorted(answers, key=lambda answered: answered.example):
        told = {"example": answered.example, "golden": answered.golden}
        for attempt, (draw, recording) in enumerate(answered.recordings):
            rows.append(row_text({**told, "attempt": attempt}, draw, recording))
        for attempt, (draw, recording) in enumerate(answered.judged):
            rows.append(row_text({**told, "attempt": attempt, "judge": True}, draw, recording))
    return "".join(f"{row}\n" for row in rows)


def committed_digest(text: str) -> str:
    """Returns what identifies the content of a file of recordings."""
    return _told_digest(hashlib.sha256(text.encode("utf-8", "replace")))


def _told_digest(digest: hashlib._Hash) -> str:
    return f"sha256:{digest.hexdigest()[:32]}"


def write_committed(path: Path, text: str) -> bool:
    """Writes a file of recordings (see `committed_text`), whole or not at all.

    Returns:
        Whether the file's bytes changed.
    """
    if path.is_file() and read_bytes(path) == text.encode():
        return False
    atomic_write(path, text)
    return True
