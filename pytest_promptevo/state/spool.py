"""Where outcomes wait while the store is gone: a file of JSON lines, each flushed to disk."""

from __future__ import annotations

import errno
import json
import math
import os
import secrets
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.private_folder import make_private
from pytest_promptevo.base.text_files import check_link
from pytest_promptevo.errors import StateError
from pytest_promptevo.state.decision import parse_decision
from pytest_promptevo.state.records import Queued, Report
from pytest_promptevo.state.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import FileIO
    from pathlib import Path

    from pytest_promptevo.state.sql_state import SqlState

LARGEST_BYTES = 256 << 20
"""A spool that is larger takes no more."""

LONGEST_LINE = 1 << 20

_BATCH = 500


class Spool:
    """A file of outcomes that no store has taken yet.

    Args:
        path: The file, ``*.spool.jsonl``.
        patience: Seconds to wait for other writers at most.
    """

    def __init__(self, path: Path, *, patience: float) -> None:
        self.path = path
        self._patience = patience
        self._turns = Turns(path.with_name(f"{path.name}.lock"))

    @property
    def has_any(self) -> bool:
        """Whether outcomes wait."""
        return self.path.exists() or any(self._parts())

    def add(self, report: Report) -> None:
        """Appends an outcome; it is on the disk when this returns.

        Raises:
            StateError: if it cannot be written.
        """
        queued = report.queued and report.queued._asdict()
        line = json.dumps({**report._asdict(), "queued": queued}).encode() + b"\n"
        with self._told(), ExitStack() as files:
            with self._turn():
                file = files.enter_context(open(self.path, "ab", buffering=0))
                _append(file, line)
            os.fsync(file.fileno())  # out of turn: several can wait for the disk at once

    def drain(self, state: SqlState) -> int:
        """Moves what waits into a store; returns how many outcomes were new there.

        A process that dies meanwhile leaves the rest to the next. What is moved twice is kept
        once: by its decision.

        Raises:
            StateError: if the store, or the spool, cannot be used.
        """
        with self._told():
            if self.path.exists():
                with self._turn():
                    if self.path.exists():
                        self.path.rename(self._part(secrets.token_hex(8)))
            return sum(self._moved(part, state) for part in sorted(self._parts()))

    def forget(self) -> None:
        """Leaves the lock to the parent process: this one is its child."""
        self._turns.forget()

    def close(self) -> None:
        """Closes the lock file; the next use opens it again."""
        self._turns.forget()

    def _moved(self, part: Path, state: SqlState) -> int:
        new = 0
        batch: list[Report] = []
        try:
            with open(part, "rb") as file:
                while line := file.readline(LONGEST_LINE):
                    if (report := parsed(line)) is not None:
                        batch.append(report)
                    if len(batch) == _BATCH:
                        new += state.report_all(batch)
                        batch = []
        except FileNotFoundError:  # another process has moved it
            return 0
        new += state.report_all(batch) if batch else 0
        part.unlink(missing_ok=True)
        return new

    def _part(self, name: str) -> Path:
        return self.path.with_name(f"{self.path.name}.{name}.part")

    def _parts(self) -> Iterator[Path]:
        return self.path.parent.glob(f"{self.path.name}.*.part")

    @contextmanager
    def _turn(self) -> Iterator[None]:
        make_private(self.path.parent)
        check_link(self.path)
        with self._turns.turn(self._patience):
            yield

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise StateError(f"{self.path} is busy") from None
        except OSError as exc:
            raise StateError(f"{self.path} cannot be used: {exc.strerror}") from None


def _append(file: FileIO, line: bytes) -> None:
    """Writes a line whole or not at all.

    Raises:
        OSError: if it cannot be written, or the file is too large.
    """
    start = file.tell()
    # What a process that died has left of a line must not become the start of this one.
    line = b"\n" + line if start else line
    if start + len(line) > LARGEST_BYTES:
        raise OSError(errno.EFBIG, f"it is larger than {LARGEST_BYTES >> 20} MiB")
    if file.write(line) != len(line):
        os.ftruncate(file.fileno(), start)
        raise OSError(errno.ENOSPC, "the disk is full")


def parsed(line: bytes) -> Report | None:
    """Returns the outcome of a line, or None for what is none, such as a part of a line."""
    try:
        data = json.loads(line)
        queued = data.pop("queued")
        report = Report(**data, queued=None if queued is None else Queued(**queued))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return report if _is_sound(report) else None


def _is_sound(report: Report) -> bool:
    decision = parse_decision(report.decision)
    if decision is None:
        return False
    told = (decision.lineup, decision.version, decision.arm, decision.unit)
    if told != (report.lineup, report.version, report.arm, report.unit):
        return False
    texts = (report.suite, report.left_out)
    numbers = (report.latency_ms, report.tokens, report.repairs)
    shares = (report.reward, report.quality)
    return (
        all(isinstance(text, str) for text in texts)
        and isinstance(report.error, bool)
        and all(_is_number(share) and 0 <= share <= 1 for share in shares)
        and all(number is None or (_is_number(number) and number >= 0) for number in numbers)
        and _is_number(report.at)
        and _are_texts(report.queued)
    )


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _are_texts(queued: Queued | None) -> bool:
    return all(value is None or isinstance(value, str) for value in queued or ())
