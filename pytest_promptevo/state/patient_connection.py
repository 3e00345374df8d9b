"""A connection of psycopg that waits for a server's answer only so long."""

from __future__ import annotations

import select
import time
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator


@cache
def connection_class(patience: float) -> Any:
    """Returns psycopg's connection, but one that waits for an answer only so long.

    A statement for itself whose answer is late is parked: the connection is used again once
    the answer is there. Within a transaction there is nothing to go on with: it is closed.

    Args:
        patience: Seconds to wait for an answer at most.

    Raises:
        SettingsError: if psycopg is missing.
    """
    try:
        import psycopg
        from psycopg.pq import TransactionStatus
        from psycopg.waiting import Ready, Wait
    except ImportError as exc:
        raise SettingsError(
            f"state: PostgreSQL needs psycopg ({exc}): pip install 'pytest-promptevo[postgres]'"
        ) from None

    class Patient(psycopg.Connection[Any]):
        parked: tuple[Generator[Any, Any, Any], Any] | None = None
        parked_at: float | None = None
        is_in_transaction = False

        def wait(self, gen: Generator[Any, Any, Any], *_: Any, **__: Any) -> Any:
            if self.parked is not None:
                with suppress(psycopg.Error):  # whoever asked has gone
                    self._drive(*self.parked, time.monotonic())
                self.parked = self.parked_at = None
            status = self.pgconn.transaction_status
            self.is_in_transaction = status != TransactionStatus.IDLE
            return self._drive(gen, None, time.monotonic() + patience)

        def _drive(self, gen: Generator[Any, Any, Any], wanted: Any, deadline: float) -> Any:
            try:
                wanted = next(gen) if wanted is None else wanted
                while True:
                    events = select.POLLIN if wanted & Wait.R else 0
                    events |= select.POLLOUT if wanted & Wait.W else 0
                    found = _poll(self.pgconn.socket, events, deadline)
                    if not found:
                        self._park(gen, wanted)
                    ready = Ready.R if found & ~select.POLLOUT else 0
                    ready |= Ready.W if found & select.POLLOUT else 0
                    wanted = gen.send(Ready(ready))
            except StopIteration as end:
                return end.value

        def _park(self, gen: Generator[Any, Any, Any], wanted: Any) -> NoReturn:
            if self.is_in_transaction:
                self.pgconn.finish()
            else:
                self.parked = gen, wanted
                self.parked_at = self.parked_at or time.monotonic()
            raise TimeoutError("no answer in time")

    return Patient


def _poll(descriptor: int, events: int, deadline: float) -> int:
    """Returns what of a socket is ready, or 0 where nothing is in time."""
    poll = select.poll()
    poll.register(descriptor, events)
    found = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
    return found[0][1] if found else 0
