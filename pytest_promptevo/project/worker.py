"""Evaluations in other processes, each of which opens the project anew."""

from __future__ import annotations

import threading
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.errors import ProviderError
from pytest_promptevo.project.loader import Loader
from pytest_promptevo.project.reporter import Silent

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluation import Evaluation, Task
    from pytest_promptevo.project.settings import Settings


@dataclass(frozen=True)
class Opening:
    """What another process needs to open the same project.

    Attributes:
        root: The project's folder.
        settings: What the run was asked to do.
    """

    root: Path
    settings: Settings


def through(executor: Executor, opening: Opening) -> Callable[[Task], Evaluation]:
    """Returns a function that evaluates tasks in the processes of an executor."""

    def evaluate(task: Task) -> Evaluation:
        try:
            return executor.submit(evaluate_task, opening, task).result()
        except BrokenExecutor as exc:
            raise ProviderError(f"a process that evaluates has died: {exc}") from None

    return evaluate


_open: list[tuple[Opening, Loader]] = []
"""The one project that this process evaluates tasks of, for as long as it lives."""

_opening = threading.Lock()


def evaluate_task(opening: Opening, task: Task) -> Evaluation:
    """Evaluates a task in this process.

    Raises:
        PromptEvoError: if it cannot be evaluated.
    """
    with _opening:  # an executor's process may have several threads
        run = _loader(opening).load(task.suite)
    return run.evaluator.evaluate_here(task.genome, run.suite.by_id[task.example], task.draw)


def _loader(opening: Opening) -> Loader:
    for known, loader in _open:
        if known == opening:
            return loader
        loader.close()
    _open[:] = [(opening, Loader(opening.root, opening.settings, Silent()))]
    return _open[0][1]
