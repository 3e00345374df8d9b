"""Files that change all or none, even if the process is killed while it writes them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text_files import (
    atomic_write,
    check_link,
    read_bytes,
    remove,
    sweep_scratch,
)
from pytest_promptevo.errors import RecordingError
from pytest_promptevo.night.own_files import OwnFiles
from pytest_promptevo.night.report import code
from pytest_promptevo.night.seal import is_sealed, seal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_LONGEST_SEAL = 100
"""Letters of a seal that are looked at: it has 64."""

_GONE = "gone"
"""Stands for the digest of a file that is removed."""


@dataclass
class _File:
    """What is noted of a file.

    Attributes:
        before: Its text before the work; None: there was no file.
        after: Digests of what the work makes of it, in turn.
    """

    before: str | None
    after: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Restored:
    """What became of the files of work that was begun and not done.

    Attributes:
        back: Those that are as they were again.
        left: Those that somebody else has changed since.
    """

    back: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def told(self) -> list[str]:
        """Returns sentences for people, in Markdown."""
        lines = []
        if self.back:
            names = ", ".join(map(code, self.back))
            lines.append(f"a night ended while it wrote; these files are as before it: {names}")
        if self.left:
            names = ", ".join(map(code, self.left))
            lines.append(
                "a night ended while it wrote; somebody has changed these files since, so they "
                f"stay as they are (look at `git diff`): {names}"
            )
        return lines


class Undo:
    """The way back for the files that a night writes.

    A note can be committed like a file, though its folder is ignored: it is believed if this
    user has sealed it, and touches no files but those that nights write.

    Args:
        note: Where the note is kept, in a folder that version control ignores.
        root: The project's folder, absolute: no file out of it is touched.
        lock: The lock, absolute.
    """

    def __init__(self, note: Path, root: Path, lock: Path) -> None:
        self._note = note
        self._root = root
        self._own = OwnFiles(lock, root)
        self._files: dict[str, _File] = {}

    def begin(self, files: Iterable[Path]) -> None:
        """Notes what files are before they change.

        Raises:
            OSError: if a file cannot be read, or the note not be written.
            UnicodeDecodeError: if a file is no text.
        """
        self._files = {
            path.relative_to(self._root).as_posix(): _File(
                read_bytes(path).decode() if path.exists() else None
            )
            for path in files
        }
        self._save()

    def expect(self, path: Path, text: str | None) -> None:
        """Notes what a file is about to become; None: it goes.

        So what the work has written can be told from what somebody writes later.

        Raises:
            OSError: if the note cannot be written.
        """
        if not path.is_relative_to(self._root):
            return
        known = self._files.get(path.relative_to(self._root).as_posix())
        if known is not None:
            known.after.append(_digest(None if text is None else text.encode()))
            self._save()

    def done(self) -> None:
        """Ends the work: the files stay as they are."""
        self._note.unlink(missing_ok=True)

    def back(self) -> Restored:
        """Puts files back as they were, if work on them was begun and not done.

        A file that is neither as before nor as the work has made it is somebody else's by now,
        and stays. What a writer that was killed has left beside them goes; so nobody else may
        write there meanwhile.

        Raises:
            OSError: if a file cannot be read or written.
            RecordingError: if the note cannot be read.
        """
        if not self._note.exists():
            return Restored()
        files = self._noted()
        back, left = [], []
        for name, file in files.items():
            path = self._root / name
            check_link(path)
            now = _bytes_of(path)
            if now == (None if file.before is None else file.before.encode()):
                continue
            if _digest(now) not in file.after:
                left.append(name)
                continue
            if file.before is None:
                remove(path)
            else:
                atomic_write(path, file.before)
            back.append(name)
        for folder in {(self._root / name).parent for name in files}:
            sweep_scratch(folder)
        self.done()
        return Restored(tuple(back), tuple(left))

    def _save(self) -> None:
        told = {name: [each.before, each.after] for name, each in self._files.items()}
        files = json.dumps(told)
        atomic_write(self._note, f"{seal(files, self._root)}\n{files}")

    def _noted(self) -> dict[str, _File]:
        try:
            sealed, _, files = read_bytes(self._note).partition(b"\n")
            # Of what somebody else has written nothing is parsed: it may take all memory.
            if not is_sealed(files, sealed[:_LONGEST_SEAL].decode("ascii", "replace"), self._root):
                raise ValueError("no night of this user has written it on this machine")
            return {self._checked(name): _file(*parts) for name, parts in json.loads(files).items()}
        except (OSError, ValueError, AttributeError, TypeError, RecursionError) as exc:
            why = "it is no note of a night" if isinstance(exc, TypeError) else exc
            raise RecordingError(
                f"cannot be read: {exc.strerror if isinstance(exc, OSError) else why}",
                path=self._note,
                hint="it says what files were before a night that was killed: look at git "
                "status, then delete it",
            ) from None

    def _checked(self, name: str) -> str:
        if name not in self._files and not self._own.has(name):
            raise ValueError(f"{name!r} is no file that a night writes")
        return name


def _file(before: Any, after: Any) -> _File:
    if not (before is None or isinstance(before, str)) or not isinstance(after, list):
        raise TypeError("a file has a text and a list of digests")
    (before or "").encode()  # what no file can hold is a ValueError
    return _File(before, list(map(str, after)))


def _bytes_of(path: Path) -> bytes | None:
    return read_bytes(path) if path.exists() else None


def _digest(content: bytes | None) -> str:
    return _GONE if content is None else hashlib.sha256(content).hexdigest()
