"""Live progress: one line that is rewritten on a terminal, few lines elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

_EVERY_S = 10.0


class LiveLine:
    """Writes past pytest's capturing; silent with ``-qq`` or without a terminal reporter."""

    def __init__(self, config: pytest.Config) -> None:
        silent = config.get_verbosity() < -1
        self._reporter: Any = (
            None if silent else config.pluginmanager.get_plugin("terminalreporter")
        )
        self._is_terminal = bool(self._reporter and self._reporter.isatty)
        self._shown = 0
        self._last = time.monotonic()

    def show(self, text: str) -> None:
        """Shows a state that the next one replaces."""
        if self._reporter is None:
            return
        if self._is_terminal:
            width = self._reporter._tw.fullwidth - 1
            line = f"promptevo: {text}"[:width]
            self._reporter.rewrite(line.ljust(self._shown))
            self._shown = len(line)
        elif time.monotonic() - self._last >= _EVERY_S:
            self.say(text)
        self._flush()

    def say(self, text: str) -> None:
        """Writes a line that stays."""
        self.write(f"promptevo: {text}")

    def write(self, text: str) -> None:
        """Writes lines that stay."""
        if self._reporter is None:
            return
        self.clear()
        self._reporter.ensure_newline()
        for line in text.splitlines():
            self._reporter.write_line(line)
        self._last = time.monotonic()
        self._flush()

    def clear(self) -> None:
        """Removes the state that is shown."""
        if self._shown:
            self._reporter.rewrite(" " * self._shown)
            self._reporter.rewrite("")
            self._shown = 0

    def _flush(self) -> None:
        self._reporter._tw.flush()
