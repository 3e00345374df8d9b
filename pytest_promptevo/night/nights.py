"""How far a night has come: the note by which one that was killed is gone on with."""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from pytest_promptevo.base.notes import read_note
from pytest_promptevo.base.private_folder import NAME, UNREADABLE, make_private
from pytest_promptevo.base.text_files import atomic_write, check_link, must_be_text
from pytest_promptevo.errors import InputError, StateBusy
from pytest_promptevo.night.seal import is_sealed, seal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DAY_S = 24 * 3600.0

_GOES_ON_S = 11 * 3600.0
"""A night is gone on with for so long: a job that runs daily, or twice a day, and a little early,
must not take the one before for its own and leave out the suites that were done then."""

LARGEST_NUMBER = 10**9
"""Of a night: numbers grow from the last one, and are seeds."""

_BUSY = "night.lock"
_NOTE = "night.json"


@dataclass
class Night:
    """One night.

    Attributes:
        number: Its number, which grows from night to night: the seed of its searches.
        began: When it began, in seconds since 1970.
        done: Suite to what is told of it, for the suites that are done.
        finished: Whether all are.
    """

    number: int
    began: float
    done: dict[str, list[str]] = field(default_factory=dict)
    finished: bool = False


class NightFolder:
    """The private folder of the nights of a lock.

    Args:
        lock: The lock.

    Attributes:
        lock: The lock.
        path: The folder.
    """

    def __init__(self, lock: Path) -> None:
        self.lock = lock
        self._root = lock.parent.resolve()
        self._private = lock.parent / NAME
        self.path = self._private / "night"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keeps other nights of this lock away.

        Raises:
            StateBusy: if there is one.
            OSError: if the folder cannot be written, or a link leads out of it.
        """
        from filelock import FileLock, Timeout

        make_private(self._private)
        for path in (self.path, self._private / _BUSY):
            check_link(path)
        self.path.mkdir(exist_ok=True)
        try:
            with FileLock(self._private / _BUSY, timeout=0):
                yield
        except Timeout:
            raise StateBusy("another night is at work on this lock: one at a time") from None

    def night(self, now: float | None = None, number: int | None = None) -> Night:
        """Returns the night to go on with, or a new one; `save` keeps it.

        One that was killed, or in which a suite failed, is over after eleven hours: its answers
        are in the store, and no more of it is needed.

        Args:
            now: Seconds since 1970.
            number: Number of the night, if a certain one is wanted.
        """
        now = time.time() if now is None else now
        last = self._last()
        is_open = last is not None and not last.finished and 0 <= now - last.began < _GOES_ON_S
        if last is not None and is_open and number in (None, last.number):
            return last
        today = int(now // _DAY_S)
        following = today if last is None else max(today, last.number + 1)
        return Night(following if number is None else number, now)

    def save(self, night: Night) -> None:
        """Keeps how far a night has come."""
        note = {**asdict(night), "seal": seal(_told(night), self._root)}
        atomic_write(self.path / _NOTE, json.dumps(note) + "\n")

    def of(self, suite: str, what: str) -> Path:
        """Returns where something of a suite is kept."""
        return self.path / f"{suite}.{what}"

    def _last(self) -> Night | None:
        try:
            told = read_note(self.path / _NOTE)
            done = {
                str(name): [str(each) for each in lines] for name, lines in told["done"].items()
            }
            must_be_text(done, self.path, 1, InputError)
            night = Night(int(told["number"]), float(told["began"]), done, bool(told["finished"]))
            if not is_sealed(_told(night), told.get("seal"), self._root):
                # What it tells goes into a report as it is, and a commit may have brought it.
                night = Night(night.number, night.began, finished=True)
        except (*UNREADABLE, InputError):
            return None
        return night if 0 <= night.number < LARGEST_NUMBER else None


def _told(night: Night) -> str:
    return json.dumps(asdict(night), sort_keys=True)
