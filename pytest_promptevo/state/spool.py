"""Where outcomes wait while the store is gone: a file of JSON lines, each flushed to disk."""

from __future__ import annotations

import errno
import logging
import os
import secrets
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.base.private_folder import make_private
from pytest_promptevo.base.text_files import check_link, open_regular
from pytest_promptevo.errors import StateBusy, StateError
from pytest_promptevo.state.spool_lines import LONGEST_LINE, line_of, parsed
from pytest_promptevo.state.turns import Turns
from pytest_promptevo.state.warner import Warner

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader, FileIO
    from pathlib import Path

    from pytest_promptevo.state.records import Report
    from pytest_promptevo.state.sql_state import SqlState

LARGEST_BYTES = 256 << 20
"""A spool that is larger takes no more."""

_BATCH = 500

_warner = Warner(logging.getLogger("pytest_promptevo.live"))


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
        try:
            line = line_of(report)
        except ValueError as exc:
            raise StateError(f"{self.path} does not take it: {exc}") from None
        with self._told(), ExitStack() as files:
            with self._turn():
                file = files.enter_context(_appending(self.path))
                _append(file, line)
            os.fsync(file.fileno())  # out of turn: several can wait for the disk at once

    def drain(self, state: SqlState) -> int:
        """Moves what waits into a store; returns how many outcomes were new there.

        A process that dies meanwhile leaves the rest to the next. What is moved twice is kept
        once: by its decision. Lines that are no outcome, and outcomes that the store does not
        take, go into a file beside the spool and hold up no other.

        Raises:
            StateError: if the store, or the spool, cannot be used.
        """
        with self._told():
            if self.path.exists():
                with self._turn():
                    if self.path.exists():
                        _reading(self.path).close()  # what is no file stays where it is
                        self.path.rename(self._part(secrets.token_hex(8)))
            return sum(self._moved(part, state) for part in sorted(self._parts()))

    def forget(self) -> None:
        """Leaves the lock to the parent process: this one is its child."""
        self._turns.forget()

    def close(self) -> None:
        """Closes the lock file; the next use opens it again."""
        self._turns.forget()

    def _moved(self, part: Path, state: SqlState) -> int:
        new, number = 0, 0
        bad: set[int] = set()
        batch: dict[int, Report] = {}
        try:
            with _reading(part) as file:
                while line := file.readline(LONGEST_LINE):
                    number += 1
                    if (report := parsed(line)) is not None:
                        batch[number] = report
                    elif line.strip():
                        bad.add(number)
                    if len(batch) == _BATCH:
                        new += _taken(state, batch, bad)
                        batch = {}
        except FileNotFoundError:  # another process has moved it
            return 0
        new += _taken(state, batch, bad) if batch else 0
        if bad:  # only now: a move that failed is tried again from the start
            self._keep_bad(part, bad)
        part.unlink(missing_ok=True)
        return new

    def _keep_bad(self, part: Path, bad: set[int]) -> None:
        path = self.path.with_name(f"{self.path.name}.bad")
        what = f"{len(bad)} lines of {self.path} are no outcomes, or none that the store takes"
        try:
            check_link(path)
            with _reading(part) as file, _appending(path) as kept:
                for number in range(1, max(bad) + 1):
                    line = file.readline(LONGEST_LINE)
                    if number in bad:
                        _append(kept, line)
        except OSError as exc:
            _warner.warn("bad", f"{what}: left out, as {path} cannot be written: {exc.strerror}")
        else:
            _warner.warn("bad", f"{what}: they are in {path}")

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


def _reading(path: Path) -> BufferedReader:
    return open(open_regular(path, os.O_RDONLY), "rb")


def _appending(path: Path) -> FileIO:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    return open(open_regular(path, flags), "ab", buffering=0)


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


def _taken(state: SqlState, batch: dict[int, Report], bad: set[int]) -> int:
    """Moves a batch into a store; returns how many were new.

    Args:
        state: The store.
        batch: Outcomes by number of their line.
        bad: Gets the numbers of those that the store does not take.

    Raises:
        StateError: if the store takes none at all.
    """
    try:
        return state.report_all(batch.values())
    except StateBusy:
        raise
    except StateError:
        _check(state)
    new = 0
    for number, report in batch.items():
        try:
            new += state.report(report)
        except StateBusy:
            raise
        except StateError:
            _check(state)  # the store is fine: it is the outcome
            bad.add(number)
    return new


def _check(state: SqlState) -> None:
    """Sees whether a store can be written, after something failed there.

    Raises:
        StateError: if it cannot.
    """
    try:
        state.probe()
    except StateBusy:  # what failed has cost the connection to a server
        state.prepare()
        state.probe()
