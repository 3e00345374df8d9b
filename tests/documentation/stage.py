"""The folder where a sample is run, and its environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .samples import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from .samples import Sample

    Commands = list[tuple[str, str | None]]
    Scene = Callable[["Stage"], Commands | None]

_OF_THIS_MACHINE = ("CI", "GIT_", "GITHUB_", "OLLAMA_", "OPENAI_", "PROMPTEVO_", "PYTEST_")
_SECONDS = 240

SCENES: dict[str, Scene] = {}
"""What makes the folder of a sample, by the name that comments use. A scene returns the
commands to run where these are not the sample's own."""


def scene(made: Scene) -> Scene:
    """Registers a scene under the name of its function."""
    SCENES[made.__name__.replace("_", "-")] = made
    return made


@dataclass
class Stage:
    """Where a sample is run.

    Attributes:
        folder: An empty folder, which the scene fills.
        sample: What is run.
        fixture: Returns a fixture of pytest by its name.
        environment: Variables of the commands.
    """

    folder: Path
    sample: Sample
    fixture: Callable[[str], Any]
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name == "PROMPTEVO_CACHE" or not name.startswith(_OF_THIS_MACHINE)
        }
        programs = os.path.dirname(sys.executable)  # noqa: PTH120
        self.environment = {
            **kept,
            "PATH": os.pathsep.join((programs, kept["PATH"])),
            "PYTHONPATH": str(ROOT),
            "PYTEST_ADDOPTS": "-p no:randomly",
            "COLUMNS": "100",
            "XDG_STATE_HOME": str(self.folder.with_name("state")),
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            # What is installed satisfies pip; it asks no index.
            "PIP_NO_INDEX": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            **self.environment,
        }

    def write(self, name: str, text: str) -> None:
        """Writes a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def write_rows(self, name: str, rows: Iterable[Any]) -> None:
        """Writes a file of examples."""
        self.write(name, "".join(f"{json.dumps(row)}\n" for row in rows))

    def run(self, command: str, seconds: float = _SECONDS) -> tuple[int, str]:
        """Runs a line or more of a shell; returns its exit code and what it prints."""
        done = subprocess.run(
            ["bash", "-ec", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=seconds,
            check=False,
        )
        return done.returncode, done.stdout

    def succeed(self, command: str) -> None:
        """Runs what a scene needs."""
        code, printed = self.run(command)
        assert code == 0, printed
