"""From the lock to a prompt that can be asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pytest_promptevo.errors import LockError, did_you_mean
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import read_lock
from pytest_promptevo.prompt import Example, Prompt, Template
from pytest_promptevo.providers import ProviderOptions
from pytest_promptevo.runtime.locked_prompt import LockedPrompt


def load(
    lock: str | Path,
    suite: str,
    *,
    models: dict[str, str] | None = None,
    options: ProviderOptions | None = None,
) -> LockedPrompt:
    """Loads a suite's genome from the lock; nothing else is read or asked.

    Args:
        lock: The ``promptevo.lock``.
        suite: Name of the suite.
        models: Role to model reference where production differs from the lock.
        options: Settings for the model's engine; relative paths in references start
            from the lock's folder if not given.

    Raises:
        LockError: if the lock cannot be used or has no such suite, or the suite tests a
            ``target`` of its own and so has no prompt to load.
    """
    path = Path(lock)
    if not path.exists():
        raise LockError("no such lock", path=path, hint="write it with pytest --evolve")
    entries = read_lock(path).entries
    if suite not in entries:
        raise LockError(
            f"no entry for suite {suite!r}", path=path, hint=did_you_mean(suite, entries)
        )
    entry = entries[suite]
    if entry.prompt is None:
        raise LockError(f"suite {suite!r} has a target, not a prompt", path=path)
    references = {role: model.reference for role, model in entry.models.items()}
    prompt = Prompt(
        output=entry.output,
        models=references | (models or {}),
        template=Template(entry.prompt.user, entry.prompt.system),
        pool={shot.id: Example(shot.id, shot.inputs, shot.expected) for shot in entry.shots},
    )
    return LockedPrompt(
        suite=suite,
        genome=Genome(entry.genome),
        prompt=prompt,
        options=options or replace(ProviderOptions(), root=path.parent),
    )
