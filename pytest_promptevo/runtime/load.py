"""From the lock to a prompt that can be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.base.importing import imported
from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import LockError, SettingsError, did_you_mean
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import read_lock
from pytest_promptevo.prompt import Example, Prompt, Template
from pytest_promptevo.providers import ProviderOptions, check_reference
from pytest_promptevo.runtime.inputs import Inputs
from pytest_promptevo.runtime.locked_prompt import LockedPrompt

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.prompt.target import Function


def load(
    lock: str | Path,
    suite: str,
    *,
    models: Mapping[str, str] | None = None,
    options: ProviderOptions | None = None,
    root: str | Path | None = None,
) -> LockedPrompt:
    """Loads a suite's genome from the lock; nothing else is read or asked.

    Where the suite has a ``target``, its module is imported, too: from the application's
    import path.

    Args:
        lock: The ``promptevo.lock``.
        suite: Name of the suite.
        models: Role to model reference where production differs from the lock.
        options: Settings for the model's engine; relative paths in references start
            from ``root``, or else the lock's folder, if not given.
        root: A folder that is put in front of the import path, such as the project's that
            the tests ran in.

    Raises:
        LockError: if the lock cannot be used or has no such suite, or the target cannot be
            imported.
        SettingsError: for a role that the suite does not have, or a wrong reference.
    """
    path, entry = read_entry(lock, suite)
    return Loader(path, suite, entry, models or {}, options, root).prompt()


def read_entry(lock: str | Path, suite: str) -> tuple[Path, Entry]:
    """Returns the path of a lock and a suite's entry in it.

    Raises:
        LockError: if the lock cannot be used or has no such suite.
    """
    path = Path(lock)
    if not path.exists():
        hint = "write it with pytest --evolve"
        if not path.is_absolute():
            hint = f"{path.absolute()} was looked for; {hint}, or give the whole path"
        raise LockError("no such lock", path=path, hint=hint)
    entries = read_lock(path).entries
    if suite not in entries:
        raise LockError(
            f"no entry for suite {suite!r}", path=path, hint=did_you_mean(suite, entries)
        )
    return path, entries[suite]


class Loader:
    """Makes prompts of the genomes of a lock's entry.

    Args:
        path: The lock.
        suite: Name of the suite.
        entry: Its entry.
        models: Role to model reference where production differs from the lock.
        options: Settings for the models' engines.
        root: A folder that is put in front of the import path.

    Raises:
        LockError: if the entry says nothing that can be asked.
        SettingsError: for a role that the suite does not have, or a wrong reference.
    """

    def __init__(
        self,
        path: Path,
        suite: str,
        entry: Entry,
        models: Mapping[str, str],
        options: ProviderOptions | None,
        root: str | Path | None,
    ) -> None:
        root = None if root is None else Path(root).resolve()
        self._path, self._suite, self._entry = path, suite, entry
        _check(entry, suite, path)
        self._target = None if entry.prompt else _target(entry, suite, path, root)
        self._options = options or replace(ProviderOptions(), root=root or path.parent)
        self.models = _models(entry, suite, models)

    def prompt(self, number: int = 0) -> LockedPrompt:
        """Returns the prompt of the locked genome or of a candidate.

        Args:
            number: The candidate's, from 1 on; 0: the locked genome.

        Raises:
            LockError: if it cannot be asked.
            IndexError: if there is no such candidate.
        """
        entry = self._entry.as_candidate(number)
        genome, name = Genome(entry.genome), f"candidate {number}" if number else "genome"
        _check_role(entry, genome, self._suite, self._path, name)
        prompt = Prompt(
            output=entry.output,
            models=self.models,
            template=Template(entry.prompt.user, entry.prompt.system) if entry.prompt else None,
            pool={shot.id: Example(shot.id, shot.inputs, shot.expected) for shot in entry.shots},
        )
        if self._target is None:
            _check_shots(prompt, genome, self._suite, self._path, name)
            inputs = Inputs(frozenset(prompt.inputs(genome)))
            self._check_inputs(prompt, genome, name)
        else:
            inputs = Inputs(frozenset(entry.inputs), frozenset(entry.optional_inputs))
        return LockedPrompt(
            suite=self._suite,
            genome=genome,
            prompt=prompt,
            inputs=inputs,
            options=self._options,
            target=self._target,
        )

    def _check_inputs(self, prompt: Prompt, genome: Genome, name: str) -> None:
        """Refuses a candidate that needs other inputs than the locked genome is called with."""
        locked = prompt.inputs(self._entry.genome)
        if prompt.inputs(genome) != locked:
            raise LockError(
                f"entry {self._suite!r}: {name} takes other inputs than the locked genome "
                f"({_names(prompt.inputs(genome))}; {_names(locked)})",
                path=self._path,
                hint="run pytest --promptevo-update-lock",
            )


def _names(inputs: Collection[str]) -> str:
    return ", ".join(sorted(inputs)) or "none"


def _check(entry: Entry, suite: str, path: Path) -> None:
    """Refuses an entry that fits its checksum and still says nothing that can be asked."""
    try:
        _ = entry.output.check
    except ValueError as exc:
        raise LockError(f"entry {suite!r}: not a usable JSON Schema: {exc}", path=path) from None


def _check_role(entry: Entry, genome: Genome, suite: str, path: Path, name: str) -> None:
    """Refuses a genome that asks a model which the entry does not have."""
    role = genome.get("model")
    if not isinstance(role, str) or role not in entry.models:
        raise LockError(
            f"entry {suite!r}: {name}.model is {shown(role, 40)}, which is no role of its models",
            path=path,
            hint="run pytest --promptevo-update-lock",
        )


def _check_shots(prompt: Prompt, genome: Genome, suite: str, path: Path, name: str) -> None:
    """Refuses few-shot examples that are not there, or lack an input of the prompt."""
    needed = frozenset(prompt.inputs(genome))
    for chosen in genome.get("shots", ()):
        shot = prompt.pool.get(chosen)
        if shot is None or not needed <= set(shot.inputs):
            what = "is not in it" if shot is None else "lacks an input of its prompt"
            raise LockError(
                f"entry {suite!r}: {name}'s few-shot example {shown(chosen, 40)} {what}",
                path=path,
                hint="run pytest --promptevo-update-lock",
            )


def _models(entry: Entry, suite: str, changes: Mapping[str, str]) -> dict[str, str]:
    models = {role: model.reference for role, model in entry.models.items()}
    if not isinstance(changes, Mapping) or not all(
        isinstance(each, str) for each in changes.values()
    ):
        role = next(iter(models), "primary")
        raise SettingsError(
            f'models must be a mapping of roles to references, such as {{"{role}": '
            f'"ollama:llama3.1:8b"}}, not {shown(changes, 60)}'
        )
    for role, reference in changes.items():
        if role not in models:
            near = did_you_mean(role, models)
            raise SettingsError(f"models: {suite} has no model role {role!r}: {near}")
        try:
            check_reference(reference)
        except SettingsError as exc:
            raise SettingsError(f"models: {role}: {exc}") from None
    return models | dict(changes)


def _target(entry: Entry, suite: str, path: Path, root: Path | None) -> Function:
    if not entry.target:
        raise LockError(
            f"suite {suite!r} has a target that this lock does not name: it is of an older version",
            path=path,
            hint="run pytest --promptevo-update-lock",
        )
    try:
        return imported(entry.target, root)
    except SettingsError as exc:
        hint = "load(..., root=FOLDER) puts a folder on the import path" if root is None else ""
        raise LockError(f"target of {suite!r}: {exc}", path=path, hint=hint) from None
