"""What one run knows: settings, locks, stores, engines, and the suites it collected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.errors import PromptEvoError, SettingsError
from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.lock import Lockfile, read_lock
from pytest_promptevo.plugin.settings import Settings, read_settings
from pytest_promptevo.project.suite_run import SuiteRun, tested_genome
from pytest_promptevo.providers import Provider, ProviderOptions, connect, kind_of
from pytest_promptevo.recording import Answerer, Store, salvage_committed
from pytest_promptevo.scorers.installed import installed_scorers, merged

if TYPE_CHECKING:
    from pathlib import Path

    import pluggy

    from pytest_promptevo.scorers import Factory
    from pytest_promptevo.suite import Suite

LOCK_NAME = "promptevo.lock"


class State:
    """The state of one pytest process."""

    def __init__(self, config: pytest.Config) -> None:
        self.settings: Settings = read_settings(config)
        self.runs: dict[Path, SuiteRun] = {}
        self.checked: set[Path] = set()
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
                    f"{self._from_root(suite.path)}: the suite name {suite.name!r} "
                    f"is taken by {self._from_root(other.suite.path)}: rename one of them"
                )
        entry = self.lock(lock_path).entries.get(suite.name)
        genome = tested_genome(suite, entry, lock_path)
        committed, damage = salvage_committed(recordings_path(lock_path, suite.name))
        if damage and self.settings.record != "all":
            raise damage
        answers = Answerer(
            mode=self.settings.record,
            committed=committed,
            store=self._store(lock_path.parent / ".promptevo" / "answers.sqlite"),
            connect=self.provider,
            run=self.settings.run,
            pinned=entry.digests if entry else {},
        )
        run = SuiteRun(
            suite,
            Evaluator(suite, answers, self.settings.root),
            lock_path,
            entry,
            genome,
            self._digests(suite) if entry else {},
            commits=suite.models == written.models,
            damage=damage,
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

    def _from_root(self, path: Path) -> str:
        root = self.settings.root
        return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)

    def _store(self, path: Path) -> Store:
        return self._stores.setdefault(path, Store(path))

    def _digests(self, suite: Suite) -> dict[str, str]:
        """Returns the digests of the models that are in reach without a server's help."""
        made = {}
        for role, reference in suite.models.items():
            local = not kind_of(reference).needs_server
            if local or (self.settings.locked and self.settings.record != "none"):
                try:
                    made[role] = self.provider(reference).digest()
                except PromptEvoError:
                    continue
        return made


def recordings_path(lock_path: Path, suite: str) -> Path:
    """Returns where the recordings of a suite's locked genome are committed."""
    return lock_path.parent / "promptevo_recordings" / f"{suite}.jsonl"


KEY = pytest.StashKey[State]()


def state_of(config: pytest.Config) -> State:
    """Returns the run's state, made by the first suite that is collected."""
    if KEY not in config.stash:
        from pytest_promptevo.plugin.session import SessionHooks

        state = config.stash[KEY] = State(config)
        config.pluginmanager.register(SessionHooks(state), "promptevo-session")
    return config.stash[KEY]
