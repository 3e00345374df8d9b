"""What functions of a suite print and warn of: it may hold foreign text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO, cast

from pytest_promptevo.base.text import Escaper, with_colours
from pytest_promptevo.errors import printable

if TYPE_CHECKING:
    import warnings
    from collections.abc import Iterator, Sequence

    import pytest


class _Escaping:
    """A stream that passes on what is written, escaped.

    Args:
        stream: The stream.
        escapers: What escapes it in turn, in view of what was written before.
    """

    def __init__(self, stream: TextIO, escapers: Sequence[Escaper]) -> None:
        self._stream = stream
        self._escapers = escapers

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        made = text
        for escaper in self._escapers:
            made = escaper.add(made)
        self._stream.write(made)
        return len(text)

    def writelines(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.write(line)


class EscapedOutput:
    """Escapes what is printed meanwhile, also where pytest captures nothing.

    Around each test of a suite: two context managers of the library's take several times as long.
    """

    # What one test has written without a line's end, the next one may go on with. A log may hold
    # both streams, or each in a file of its own.
    _of_both = Escaper()
    _of_each = Escaper(), Escaper()

    def __enter__(self) -> None:
        self._streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (
            cast("TextIO", _Escaping(stream, (own, self._of_both)))
            for stream, own in zip(self._streams, self._of_each, strict=True)
        )

    def __exit__(self, *_: object) -> None:
        sys.stdout, sys.stderr = self._streams


def escape_sections(report: pytest.TestReport) -> None:
    """Escapes captured output and logs, but for colours."""
    report.sections = [(title, with_colours(text)) for title, text in report.sections]


def escape_warning(warning: warnings.WarningMessage) -> None:
    """Escapes the text of a warning; its category stays."""
    text = str(warning.message)
    if printable(text) != text:
        warning.message = UserWarning(printable(text))
