"""What one run knows: settings, locks, stores, engines, and the suites it collected."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.errors import LockError, PromptEvoError, SettingsError
from pytest_promptevo.evaluate import Evaluator, Verdict
from pytest_promptevo.extensions import installed_scorers, merged
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import Entry, Lockfile, changes, read_lock
from pytest_promptevo.plugin.options import Settings, read_settings
from pytest_promptevo.providers import Provider, ProviderOptions, connect
from pytest_promptevo.recording import Answerer, Store, load_committed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pluggy

    from pytest_promptevo.golden import Example
    from pytest_promptevo.scorers import Factory
    from pytest_promptevo.suite import Suite

LOCK_NAME = "promptevo.lock"


@dataclass
class SuiteRun:
    """A suite in this run.

    Attributes:
        suite: The suite.
        evaluator: Evaluates it.
        lock_path: The lock that it belongs to.
        entry: Its entry there, or None.
        genome: The genome that is tested.
        digests: Role to the digest of its model, for models that are in reach at once.
        commits: Whether new answers become committed recordings.
        selected: Ids of the examples that this run tests.
        is_selected: Whether this run tests anything of the suite.
    """

    suite: Suite
    evaluator: Evaluator
    lock_path: Path
    entry: Entry | None
    genome: Genome
    digests: Mapping[str, str]
    commits: bool = True
    selected: set[str] = field(default_factory=set)
    is_selected: bool = False
    _failed: dict[str, PromptEvoError] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether this run tests all of the suite's examples."""
        return len(self.selected) == len(self.suite.examples)

    @property
    def stale(self) -> list[str]:
        """What changed since the entry was written, as far as models were asked by now."""
        if self.entry is None:
            return []
        asked = self.evaluator.answers.digests
        known = {role: asked[name] for role, name in self.suite.models.items() if name in asked}
        return changes(self.suite, self.entry, {**self.digests, **known})

    @property
    def is_locked_model(self) -> bool:
        """Whether the genome's model has, as far as is known, the weights that the lock names."""
        answers, reference = self.evaluator.answers, self.suite.models[self.genome["model"]]
        locked = answers.pinned.get(reference)
        return locked is None or answers.digests.get(reference, locked) == locked

    @property
    def is_draft(self) -> bool:
        """Whether failures are expected: a draft that has no entry yet."""
        return self.suite.draft and self.entry is None

    def verdict(self, example: Example) -> Verdict:
        """Returns the verdict on an example; an error is not provoked twice."""
        if example.id in self._failed:
            raise self._failed[example.id]
        try:
            return self.evaluator.verdict(self.genome, example)
        except PromptEvoError as bad:
            self.note(example, bad)
            raise

    def note(self, example: Example, error: PromptEvoError) -> None:
        """Remembers that an example cannot be evaluated."""
        self._failed[example.id] = error

    def prefetch(self, examples: list[Example], done: Callable[[int], None]) -> None:
        """Evaluates examples side by side and notes their errors."""
        made_all = self.evaluator.many(self.genome, examples, done)
        for example, made in zip(examples, made_all, strict=True):
            if isinstance(made, PromptEvoError):
                self.note(example, made)

    def adopt(self, entry: Entry) -> None:
        """Goes on with a new entry."""
        self.entry = entry
        self.genome = Genome(entry.genome)
        self.evaluator.answers.pinned = entry.digests
        self._failed.clear()


class State:
    """The state of one pytest process."""

    def __init__(self, config: pytest.Config) -> None:
        self.settings: Settings = read_settings(config)
        self.runs: dict[Path, SuiteRun] = {}
        self.notes: list[str] = []
        self._config = config
        self._installed: dict[str, Factory] | None = None
        self._locks: dict[Path, Lockfile] = {}
        self._stores: dict[Path, Store] = {}
        self._providers: dict[str, Provider] = {}

    def scorers(self, hooks: pluggy.HookRelay) -> dict[str, Factory]:
        """Returns the scorers of installed packages and of each ``conftest.py`` above a suite.

        Args:
            hooks: The hooks that hold for the suite's folder.

        Raises:
            SettingsError: if two of them use one name.
        """
        if self._installed is None:
            self._installed = installed_scorers()
        return merged([self._installed, *hooks.pytest_promptevo_scorers(config=self._config)])

    def lock_path(self, suite_path: Path) -> Path:
        """Returns the nearest lock above a suite, or where one would be made: the root."""
        root = self.settings.root
        for folder in suite_path.parents:
            if (folder / LOCK_NAME).exists() or folder == root:
                return folder / LOCK_NAME
        return root / LOCK_NAME

    def lock(self, path: Path) -> Lockfile:
        """Returns a lock as it stands on disk."""
        if path not in self._locks:
            self._locks[path] = read_lock(path)
        return self._locks[path]

    def keep(self, lock: Lockfile) -> None:
        """Remembers a lock that was written."""
        self._locks[lock.path] = lock

    def add(self, suite: Suite) -> SuiteRun:
        """Takes a loaded suite into the run.

        Raises:
            PromptEvoError: if its name is taken or its lock or recordings cannot be used.
        """
        written, suite = suite, suite.with_models(self.settings.models)
        lock_path = self.lock_path(suite.path)
        for other in self.runs.values():
            if (other.suite.name, other.lock_path) == (suite.name, lock_path):
                if other.suite.path == suite.path:
                    return other
                raise SettingsError(
                    f"{suite.path}: the suite name {suite.name!r} is taken by {other.suite.path}"
                )
        entry = self.lock(lock_path).entries.get(suite.name)
        genome = _genome(suite, entry, lock_path)
        answers = Answerer(
            mode=self.settings.record,
            committed=load_committed(recordings_path(lock_path, suite.name)),
            store=self._store(lock_path.parent / ".promptevo" / "answers.sqlite"),
            connect=self.provider,
            pinned=entry.digests if entry else {},
            shared=hasattr(self._config, "workerinput"),
        )
        run = SuiteRun(
            suite,
            Evaluator(suite, answers, self.settings.root),
            lock_path,
            entry,
            genome,
            self._digests(suite) if entry else {},
            commits=suite.models == written.models,
        )
        self.runs[suite.path] = run
        return run

    def provider(self, reference: str) -> Provider:
        """Returns the engine of a model reference, one per reference."""
        if reference not in self._providers:
            options = ProviderOptions(
                root=self.settings.root, notify=self.say, **self.settings.provider
            )
            self._providers[reference] = connect(reference, options)
        return self._providers[reference]

    def say(self, line: str) -> None:
        """Shows a line of progress now, past pytest's capturing."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.ensure_newline()
            reporter.write_line(f"promptevo: {line}")
            reporter.flush()

    def close(self) -> None:
        """Frees engines and stores."""
        for provider in self._providers.values():
            provider.close()
        for store in self._stores.values():
            store.close()

    def _store(self, path: Path) -> Store:
        return self._stores.setdefault(path, Store(path))

    def _digests(self, suite: Suite) -> dict[str, str]:
        """Returns the digests of the models that are in reach without a server's help."""
        made = {}
        for role, reference in suite.models.items():
            local = reference.startswith(("embedded:", "gguf:", "scripted:"))
            if local or (self.settings.locked and self.settings.record != "none"):
                try:
                    made[role] = self.provider(reference).digest()
                except PromptEvoError:
                    continue
        return made


def recordings_path(lock_path: Path, suite: str) -> Path:
    """Returns where the recordings of a suite's locked genome are committed."""
    return lock_path.parent / "promptevo_recordings" / f"{suite}.jsonl"


def _genome(suite: Suite, entry: Entry | None, lock_path: Path) -> Genome:
    """Returns the locked genome, with shipped values for genes that are newer than the lock."""
    if entry is None:
        return suite.shipped
    known = {name: value for name, value in entry.genome.items() if name in suite.shipped}
    genome = Genome({**suite.shipped, **known})
    for shot in genome.get("shots", ()):
        if shot not in suite.pool:
            raise LockError(
                f"the genome of {suite.name!r} uses the few-shot example {shot!r}, which is gone",
                path=lock_path,
                hint="put it back, or search anew: delete the entry and run pytest --evolve",
            )
    if genome["model"] not in suite.models:
        raise LockError(
            f"the genome of {suite.name!r} uses the model role {genome['model']!r}, which is gone",
            path=lock_path,
            hint="put it back under models:, or delete the entry and run pytest --evolve",
        )
    return genome


KEY = pytest.StashKey[State]()


def state_of(config: pytest.Config) -> State:
    """Returns the run's state, made by the first suite that is collected."""
    if KEY not in config.stash:
        from pytest_promptevo.plugin.session import SessionHooks

        state = config.stash[KEY] = State(config)
        config.pluginmanager.register(SessionHooks(state), "promptevo-session")
    return config.stash[KEY]
