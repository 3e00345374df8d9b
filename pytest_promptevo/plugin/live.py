"""Live progress: one line that is rewritten on a terminal, few lines elsewhere."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import one_line
from pytest_promptevo.errors import printable

if TYPE_CHECKING:
    import pytest

_EVERY_S = 10.0


class LiveLine:
    """Writes past pytest's capturing; silent with ``-qq`` or without a terminal reporter.

    Attributes:
        speaks: Whether a worker of pytest-xdist may write lines that stay. What it has to say
            of suites while it collects them, all others would say, too.
    """

    def __init__(self, config: pytest.Config) -> None:
        silent = config.get_verbosity() < -1
        self._reporter: Any = (
            None if silent else config.pluginmanager.get_plugin("terminalreporter")
        )
        self._is_terminal = bool(self._reporter and self._reporter.isatty)
        self.speaks = False
        self._capture: Any = (
            config.pluginmanager.get_plugin("capturemanager")
            if hasattr(config, "workerinput")
            else None
        )
        self._shown = 0
        self._last = time.monotonic()

    def show(self, text: str, share: float = 0.0) -> None:
        """Shows a state that the next one replaces.

        Args:
            text: The state.
            share: How much of the work is done: as much of the line is inverted, as a bar.
        """
        if self._reporter is None:
            return
        if self._is_terminal:
            self._rewrite(one_line(f"promptevo: {text}"), share)
        elif time.monotonic() - self._last >= _EVERY_S:
            self.say(text)
        self._flush()

    def _rewrite(self, line: str, share: float) -> None:
        terminal = self._reporter._tw
        width = terminal.fullwidth - 1
        done = round(share * width) if terminal.hasmarkup else 0
        padded = line[:width].ljust(max(self._shown, width if done else 0))
        self._reporter.rewrite("")
        if done:
            terminal.write(padded[:done], invert=True)
        terminal.write(padded[done:])
        self._shown = width if done else len(line[:width])

    def say(self, text: str) -> None:
        """Writes a line that stays."""
        self.write(f"promptevo: {text}")

    def write(self, text: str) -> None:
        """Writes lines that stay."""
        if self._reporter is None:
            return
        text = printable(text)
        if self._capture is not None and self.speaks:
            self._write_to_controller(text)
            return
        self.clear()
        self._reporter.ensure_newline()
        for line in text.splitlines():
            self._reporter.write_line(line)
        self._last = time.monotonic()
        self._flush()

    def _write_to_controller(self, text: str) -> None:
        """Writes to the stream that a worker shares with its controller's terminal."""
        with self._capture.global_and_fixture_disabled():
            sys.stderr.write(f"\n{text}\n")
            sys.stderr.flush()

    def clear(self) -> None:
        """Removes the state that is shown."""
        if self._shown:
            self._reporter.rewrite(" " * self._shown)
            self._reporter.rewrite("")
            self._shown = 0

    def _flush(self) -> None:
        self._reporter._tw.flush()
