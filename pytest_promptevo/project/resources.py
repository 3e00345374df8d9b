"""What the suites of a project share: locks, stores and engines, each opened once."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from pytest_promptevo.base.text_files import check_link
from pytest_promptevo.errors import LockError, PromptEvoError
from pytest_promptevo.lock import Lockfile, read_lock
from pytest_promptevo.project.committed import SuiteFiles
from pytest_promptevo.providers import Provider, ProviderOptions, connect, kind_of

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.project.reporter import Reporter
    from pytest_promptevo.project.settings import Settings
    from pytest_promptevo.providers.elsewhere.dask_cluster import DaskCluster
    from pytest_promptevo.recording.store import Store
    from pytest_promptevo.suite import Suite


class Resources:
    """Opens what is asked for, and closes it all.

    Args:
        root: Folder of the project.
        settings: What the run was asked to do.
        reporter: Takes lines of progress (a download, a wait for a server).
    """

    def __init__(self, root: Path, settings: Settings, reporter: Reporter) -> None:
        self._root = root
        self._settings = settings
        self._reporter = reporter
        self._locks: dict[Path, Lockfile] = {}
        self._stores: dict[Path, Store] = {}
        self._providers: dict[str, Provider] = {}
        self._guard = threading.Lock()
        self._joining = threading.Lock()
        self._joined: DaskCluster | None = None

    def lock(self, path: Path) -> Lockfile:
        """Returns a lock as it was when this process first read it, or wrote it.

        Raises:
            LockError: if it cannot be used.
        """
        if path not in self._locks:
            self._locks[path] = self.read_lock(path)
        return self._locks[path]

    def read_lock(self, path: Path) -> Lockfile:
        """Reads a lock as it stands on disk now; with its sides merged if it will be written.

        Raises:
            LockError: if it cannot be used, or is a link out of its folder.
        """
        try:
            check_link(path)
        except OSError as exc:
            raise LockError(str(exc.strerror), path=path, line=1) from None
        if self._settings.update_lock:
            from pytest_promptevo.lock.merged import read_merged

            return read_merged(path, partial(_fits, path))
        return read_lock(path)

    def locked(self, path: Path, suite: str) -> SuiteFiles:
        """Returns a suite's entry with its recordings.

        Raises:
            LockError: if the lock cannot be used.
        """
        files = SuiteFiles.read(path, suite, self.lock(path).entries.get(suite))
        if files.belong_together:
            return files
        from pytest_promptevo.project.commit import read_together  # mostly they do

        return read_together(partial(self.read_lock, path), path, suite)

    def keep(self, lock: Lockfile) -> None:
        """Remembers a lock that was written."""
        self._locks[lock.path] = lock

    def store_beside(self, lock_path: Path) -> Store:
        """Returns the local store of the suites of a lock."""
        from pytest_promptevo.recording.store import Store

        path = lock_path.parent / ".promptevo" / "answers.sqlite"
        return self._stores.setdefault(path, Store(path, self._reporter.say))

    def provider(self, reference: str) -> Provider:
        """Returns the engine of a model reference, one per reference."""
        with self._guard:
            return self._connected(reference)

    def _connected(self, reference: str) -> Provider:
        if reference not in self._providers:
            self._providers[reference] = self._new(reference)
        return self._providers[reference]

    def _new(self, reference: str) -> Provider:
        settings = self._settings.provider
        if self._settings.executor and self._settings.record != "none":
            from pytest_promptevo.providers.elsewhere.remote import Remote

            return Remote(reference, self._root, settings, self._cluster)
        options = ProviderOptions(root=self._root, notify=self._reporter.say, **settings)
        return connect(reference, options)

    def _cluster(self) -> DaskCluster:
        """Returns the cluster that calls the models, found when it is first needed."""
        with self._joining:
            if self._joined is None:
                from pytest_promptevo.providers.elsewhere.dask_cluster import DaskCluster

                patience_s = self._settings.provider.get("patience_s", ProviderOptions.patience_s)
                address = self._settings.executor.partition(":")[2]
                self._joined = DaskCluster(address, patience_s, self._reporter.say)
            return self._joined

    def digests(self, suite: Suite) -> dict[str, str]:
        """Returns role to digest for the models that are in reach without a server's help."""
        asks_servers = self._settings.locked and self._settings.record != "none"
        models, digests = suite.prompt.models, dict[str, str]()
        for reference in dict.fromkeys(models.values()):
            if asks_servers or not kind_of(reference).needs_server:
                with suppress(PromptEvoError):
                    digests[reference] = self.provider(reference).digest()
        return {role: digests[name] for role, name in models.items() if name in digests}

    def close(self) -> None:
        """Frees engines and stores. Closing twice is fine."""
        for provider in self._providers.values():
            provider.close()
        for store in self._stores.values():
            store.close()
        if self._joined is not None:
            self._joined.close()


def _fits(lock_path: Path, name: str, entry: Entry) -> bool:
    """Whether an entry belongs to the committed recordings as they are now."""
    return bool(entry.recordings) and SuiteFiles.read(lock_path, name, entry).belong_together
