"""Files are changed all or none, also by a process that is killed in between.

What they were is written down before the first one changes. Whoever comes next and finds that
note puts it back; the end of the work is that the note is gone.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_promptevo.base.text_files import (
    atomic_write,
    check_link,
    read_bytes,
    read_text,
    sweep_scratch,
)
from pytest_promptevo.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Undo:
    """The way back for some files of a project.

    Args:
        note: Where the note is kept, in a folder that version control ignores.
        root: The project's folder, absolute: no file out of it is touched.
    """

    def __init__(self, note: Path, root: Path) -> None:
        self._note = note
        self._root = root

    def begin(self, files: Iterable[Path]) -> None:
        """Notes what files are before they change; those that are missing will be removed.

        Raises:
            OSError: if a file cannot be read, or the note not be written.
            UnicodeDecodeError: if a file is no text.
        """
        before = {
            path.relative_to(self._root).as_posix(): read_bytes(path).decode()
            if path.exists()
            else None
            for path in files
        }
        atomic_write(self._note, json.dumps(before))

    def done(self) -> None:
        """Ends the work: the files stay as they are."""
        self._note.unlink(missing_ok=True)

    def back(self) -> list[Path]:
        """Puts files back as they were, if work on them was begun and not done.

        What a writer that was killed has left beside them goes, too; so nobody else may write
        there meanwhile.

        Returns:
            The files.

        Raises:
            OSError: if a file cannot be written.
            RecordingError: if the note cannot be read.
        """
        if not self._note.exists():
            return []
        try:
            before = json.loads(read_text(self._note, RecordingError))
            paths = {self._below(name): text for name, text in before.items()}
        except (ValueError, AttributeError, TypeError) as exc:
            raise RecordingError(
                f"cannot be read: {exc}",
                path=self._note,
                hint="it says what files were before a night that was killed: look at git "
                "status, then delete it",
            ) from None
        for path, text in paths.items():
            check_link(path)
            if text is None:
                path.unlink(missing_ok=True)
            elif not path.exists() or path.read_bytes() != text.encode():
                atomic_write(path, text)
        for folder in {path.parent for path in paths}:
            sweep_scratch(folder)
        self.done()
        return list(paths)

    def _below(self, name: str) -> Path:
        path = self._root / name
        if not path.resolve().is_relative_to(self._root.resolve()):
            raise ValueError(f"{name!r} leaves the project's folder")
        return path
