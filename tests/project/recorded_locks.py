"""The locks that searches of the recorded project write.

``python tests/project/recorded_locks.py`` writes them anew, for changes that are meant to
change what a search does or what its lock holds: the difference is part of the review.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pytest_promptevo.evolve.names import STRATEGY_NAMES
from pytest_promptevo.project import Project, Settings

if TYPE_CHECKING:
    from concurrent.futures import Executor

RECORDED = Path(__file__).parent / "recorded"
"""Two suites, and the locks that searches write, one a strategy; those of version 1 apart."""


def copied(folder: Path) -> Path:
    """Copies the project without its locks."""
    ignored = shutil.ignore_patterns("*.lock", "version_1", "__pycache__")
    return Path(shutil.copytree(RECORDED, folder / "project", ignore=ignored))


def evolve_all(root: Path, executor: Executor | None, /, **changes: Any) -> bytes:
    """Does what ``pytest --evolve=all --promptevo-accept=inconclusive`` does.

    Returns:
        The bytes of the lock.
    """
    settings = Settings(evolve="all", seed=5, accept="inconclusive", **changes)
    with Project.open(root, settings, executor=executor) as project:
        for run in project.collect():
            evolution = project.evolve(run)
            if evolution.outcome is not None and evolution.outcome.accepted:
                project.accept(run, evolution)
    return (root / "promptevo.lock").read_bytes()


def main() -> None:
    for strategy in STRATEGY_NAMES:
        with TemporaryDirectory() as folder:
            lock = evolve_all(copied(Path(folder)), None, strategy=strategy)
        sys.modules.pop("fake_model", None)
        (RECORDED / f"{strategy}.lock").write_bytes(lock)


if __name__ == "__main__":
    main()
