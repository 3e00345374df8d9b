"""Dask's workers (https://distributed.dask.org), found through their scheduler."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import (
    ModelUnavailable,
    PromptEvoError,
    ProviderError,
    SettingsError,
)
from pytest_promptevo.providers.http.addresses import without_keys

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

LOCAL = "local"
"""In place of an address: a cluster on this machine, a worker for each core."""

_CONNECT_S = 10.0
_CLOSE_S = 5.0
_LOOK_S = 1.0
_MOST_TEXT = 300


class DaskCluster:
    """A Dask cluster: calls of a worker that dies are made by another one.

    Args:
        address: Of the scheduler, such as ``tcp://host:8786``, or `LOCAL`. What may be a key in
            its path (of a gateway's ``wss://``) is not shown.
        patience_s: Seconds to wait while there are no workers.
        notify: Takes a line where it waits.

    Raises:
        SettingsError: if Dask is missing, or no scheduler answers.
    """

    def __init__(self, address: str, patience_s: float, notify: Callable[[str], None]) -> None:
        self.address = without_keys(address)
        self._patience_s = patience_s
        self._notify = notify
        waiting = threading.Timer(_LOOK_S, notify, (f"{self._shown}: connecting ...",))
        waiting.daemon = True
        waiting.start()
        try:
            self._client, self._cluster = _connected(address)
        finally:
            waiting.cancel()
        self._guard = threading.Lock()
        self._looked_at = 0.0
        self._threads = 0
        self._alone_since: float | None = None
        self._lost_since = 0.0

    @property
    def threads(self) -> int:
        """Calls that all workers together make at once, now; 0 where nobody knows."""
        with self._guard:
            return self._count()

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Returns what a function returns in a worker."""
        from distributed import KilledWorker
        from distributed import TimeoutError as NotYet

        try:
            future = self._client.submit(function, *arguments, pure=False)
            try:
                while not future.done():
                    with suppress(NotYet):
                        future.result(timeout=_LOOK_S)
                        break
                    self._check()
                result: T = future.result()
                return result
            finally:
                future.release()
        except KilledWorker:
            raise ProviderError(
                f"{self._shown}: several workers died, one after the other, while they answered "
                "one call"
            ) from None
        except PromptEvoError:
            raise
        except (CancelledError, OSError) as exc:
            raise self._gone(type(exc).__name__) from None
        except Exception as exc:  # of a worker's own, such as a package that it lacks
            text = shorten(" ".join(str(exc).split()), _MOST_TEXT)
            raise ProviderError(
                f"{self._shown}: a worker cannot call models: {type(exc).__name__}: {text}\n"
                "  hint: workers need the same Python and the same pytest-promptevo, with the "
                "extras of the models"
            ) from None

    def close(self) -> None:
        """Leaves the cluster, and ends one that was made for this. Closing twice is fine."""
        _close(self._client, self._cluster)

    @property
    def _shown(self) -> str:
        return f"dask:{self.address}"

    def _check(self) -> None:
        """Raises where there has been no scheduler, or no worker, for too long."""
        told = ""
        with self._guard:
            now = time.monotonic()
            if self._client.status != "running":  # it tries to connect again, or has given up
                self._lost_since = self._lost_since or now
                if now - self._lost_since >= _CONNECT_S:
                    raise self._gone(self._client.status)
                return
            self._lost_since = 0.0
            if self._count():
                self._alone_since = None
                return
            if self._alone_since is None:
                self._alone_since = now
                told = f"{self._shown}: no worker is there; waiting up to {self._patience_s:g} s"
            elif now - self._alone_since >= self._patience_s:
                raise ModelUnavailable(
                    f"{self._shown}: no worker within {self._patience_s:g} s\n"
                    f"  hint: `dask worker {self.address}` starts one; answers so far are kept"
                )
        if told:
            self._notify(told)

    def _count(self) -> int:
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_S:
            try:
                self._threads = sum(self._client.nthreads().values())
            except (OSError, TimeoutError):
                self._threads = 0
            self._looked_at = time.monotonic()
        return self._threads

    def _gone(self, why: str) -> ModelUnavailable:
        return ModelUnavailable(
            f"{self._shown}: the scheduler is gone ({why})\n"
            "  hint: start it, then run again: answers so far are kept"
        )


def _close(client: Any, cluster: Any) -> None:
    client.close(timeout=_CLOSE_S)
    if cluster is not None:
        cluster.close()


def _connected(address: str) -> tuple[Any, Any]:
    """Returns a client, and the cluster where one was made for it."""
    try:
        from distributed import Client, LocalCluster
    except ImportError as exc:
        raise SettingsError(
            f"--promptevo-executor=dask:... needs Dask ({exc}): "
            "pip install 'pytest-promptevo[dask]'"
        ) from None
    cluster = None
    if address == LOCAL:
        cluster = LocalCluster(
            n_workers=os.cpu_count() or 1, threads_per_worker=1, dashboard_address=None
        )
    # In two steps, so that one which cannot connect is closed here: it would close itself when it
    # is collected as garbage, in any thread, and wait there for a lock that this one may hold.
    client: Any = Client.__new__(Client)
    try:
        client.__init__(cluster or address, timeout=_CONNECT_S, set_as_default=False)
        return client, cluster
    except Exception as exc:  # for an address that it does not like, a TypeError, say
        with suppress(Exception):
            _close(client, cluster)
        shown = without_keys(address)
        told = str(exc) if shown == address else type(exc).__name__  # else it may quote the key
        text = shorten(" ".join(told.split()), _MOST_TEXT)
        raise SettingsError(
            f"--promptevo-executor: no scheduler answers at {shown} ({text})\n"
            "  hint: `dask scheduler` starts one and tells its address"
        ) from None
