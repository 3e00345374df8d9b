"""Runs calls on the servers of one model: shared load, calls in flight, retries, outages."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from pytest_promptevo.errors import ModelUnavailable, ProviderError
from pytest_promptevo.providers.http.faults import Fault, Unfit
from pytest_promptevo.providers.http.hedging import hedged, is_worth_asking
from pytest_promptevo.providers.http.outage import Outage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_promptevo.providers.base import ProviderOptions
    from pytest_promptevo.providers.http.server import Server

C = TypeVar("C")
T = TypeVar("T")


class Pool(Generic[C]):
    """Runs calls on servers that may fail.

    A failing server is left out for a while that doubles each time, and checked before it
    is used again. When none is left, all calls wait, for ``patience_s`` in all. Calls go to who
    is free, the quickest first; where nobody waits for a server that is idle, it is asked what a
    slow one has not answered yet, and the first answer counts.

    Args:
        subject: What the servers serve, for messages.
        servers: At least one.
        options: Settings.
        check: Takes the client of a server before its first use and after each failure;
            raises `Unfit` if the server does not serve the right model.
        limit: Calls in flight over all servers.
        hint: What to do when no server answers.

    Attributes:
        limit: Calls in flight over all servers.
    """

    def __init__(
        self,
        subject: str,
        servers: Sequence[Server[C]],
        options: ProviderOptions,
        *,
        check: Callable[[C], None],
        limit: int,
        hint: str,
    ) -> None:
        self.limit = limit
        self._subject = subject
        self._servers = list(servers)
        self._options = options
        self._check = check
        self._outage = Outage(subject, options, hint)
        self._changed = threading.Condition()
        self._waiting = 0
        self._asked_twice = 0
        self._closed = False

    def run(self, call: Callable[[C], T]) -> T:
        """Returns what a call gives, on whichever server and at whichever attempt.

        Raises:
            ModelUnavailable: no server can be reached, or none serves the model.
            TransientError: this call failed at every attempt.
            ProviderError: whatever else the call raises.
        """
        failed, first = 0, 0.0
        while True:
            server = self._take()
            try:
                return self._answer(server, call)
            except (Fault, Unfit, ProviderError) as problem:
                # Frames and causes may hold headers, and would be kept alive with the error.
                error = problem.with_traceback(None)
                error.__cause__ = error.__context__ = None
            if isinstance(error, ProviderError):
                raise error
            if isinstance(error, Fault):
                failed += not error.gone
                first = first or time.monotonic()
                self._give_up_if_hopeless(failed, first)

    def close(self) -> None:
        """Closes the clients; calls that wait for a server fail. Closing twice is fine."""
        with self._changed:
            self._closed = True
            twice, self._asked_twice = self._asked_twice, 0
            clients = [server.client for server in self._servers]
            for server in self._servers:
                server.client = None
            self._changed.notify_all()
        for client in clients:
            if client is not None and hasattr(client, "close"):
                client.close()
        if twice:
            calls = "1 call" if twice == 1 else f"{twice:,} calls"
            self._options.notify(
                f"{self._subject}: {calls} went to a second server, too, while one was slow"
            )

    def _answer(self, server: Server[C], call: Callable[[C], T]) -> T:
        if len(self._servers) == 1:
            return self._attempt(server, call)
        started = time.monotonic()
        return hedged(
            lambda asked: self._attempt(asked, call), server, lambda: self._idle(server, started)
        )

    def _idle(self, slow: Server[C], started: float) -> Server[C] | None:
        """Takes a server that nobody waits for, if it is worth asking it, too."""
        with self._changed:
            now = time.monotonic()
            idle = [each for each in self._servers if not each.in_flight and each.is_ready(now, 1)]
            is_full = sum(each.in_flight for each in self._servers) >= self.limit
            if self._closed or self._waiting or is_full or not idle:
                return None
            server = min(idle, key=_soonest)
            if not is_worth_asking(now - started, slow.pace, server.pace):
                return None
            server.take()
            self._asked_twice += 1
            return server

    def _attempt(self, server: Server[C], call: Callable[[C], T]) -> T:
        started = time.monotonic()
        error: BaseException | None = None
        try:
            client = self._client(server)
            if not server.checked:
                self._check(client)
                with self._changed:
                    server.note_check()
                    self._changed.notify_all()
            asked = time.monotonic()
            answer = call(client)
            with self._changed:
                server.pace.note(time.monotonic() - asked)
            return answer
        except BaseException as problem:
            error = problem
            raise
        finally:
            self._give_back(server, started, error)

    def _client(self, server: Server[C]) -> C:
        with self._changed:
            self._raise_if_closed()
            if server.client is None:
                server.client = server.make_client()
            return server.client

    def _take(self) -> Server[C]:
        with self._changed:
            while True:
                self._raise_if_closed()
                self._raise_if_all_unfit()
                now = time.monotonic()
                if sum(server.in_flight for server in self._servers) < self.limit:
                    server = self._least_busy(now)
                    if server is not None:
                        server.take()
                        return server
                    if self._all_failing():
                        self._outage.raise_if_over(now)
                retries = [s.retry_at - now for s in self._servers if s.retry_at > now]
                self._waiting += 1
                try:
                    self._changed.wait(max(0.001, min([*retries, 1.0])))
                finally:
                    self._waiting -= 1

    def _least_busy(self, now: float) -> Server[C] | None:
        share = -(-self.limit // len(self._servers))
        ready = [server for server in self._servers if server.is_ready(now, share)]
        return min(ready, key=_soonest, default=None)

    def _give_back(self, server: Server[C], started: float, error: BaseException | None) -> None:
        line = ""
        with self._changed:
            server.give_back(started)
            if isinstance(error, Fault):
                line = self._note_fault(server, started, error)
            elif isinstance(error, Unfit):
                server.note_unfit(str(error))
                if len(self._servers) > 1:
                    line = f"{self._subject}: {server.address} is left out: {error}"
            elif _is_answer(error) and server.note_answer(started):
                self._outage.end()
            self._changed.notify_all()
        if line:
            self._options.notify(line)

    def _note_fault(self, server: Server[C], started: float, fault: Fault) -> str:
        now = time.monotonic()
        server.note_fault(fault, started, now, self._options.backoff_s)
        self._outage.note(f"{server.address}: {fault}", fault.gone, now)
        return self._outage.announcement() if fault.gone and self._all_failing() else ""

    def _all_failing(self) -> bool:
        return all(server.failures or server.unfit for server in self._servers)

    def _raise_if_closed(self) -> None:
        if self._closed:
            raise ModelUnavailable(f"{self._subject} has been closed")

    def _raise_if_all_unfit(self) -> None:
        if all(server.unfit for server in self._servers):
            reasons = [f"{server.address}: {server.unfit}" for server in self._servers]
            for server in self._servers:  # the next call asks again: it may have been put right
                server.unfit = ""
            raise ModelUnavailable(f"{self._subject} at " + "\n".join(reasons))

    def _give_up_if_hopeless(self, failed: int, first: float) -> None:
        with self._changed:
            now = time.monotonic()
            if failed < self._outage.attempts and now - first < self._options.patience_s:
                return
            if not failed and self._all_failing():
                self._outage.raise_if_over(now)
            self._outage.raise_for_lost_call()


def _soonest(server: Server[C]) -> tuple[float, int, int]:
    """Orders servers by when they would answer; those of which nothing is known come first."""
    return server.expected_s(), server.in_flight, server.calls


def _is_answer(error: BaseException | None) -> bool:
    return error is None or isinstance(error, ProviderError)
