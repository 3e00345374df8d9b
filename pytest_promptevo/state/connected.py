"""How a store is reached, and the key that its decisions are sealed with."""

from __future__ import annotations

import secrets
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Protocol

from pytest_promptevo.errors import StateError
from pytest_promptevo.state import tables
from pytest_promptevo.state.decision import KEY_BYTES, Sealer
from pytest_promptevo.state.records import ALL_SUITES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

_HOLD = (
    "INSERT INTO promptevo_switch (suite, mode, who, why, at) VALUES (?, 'off', '', ?, ?) "
    "ON CONFLICT (suite) DO NOTHING"
)
_NEW_STORE = (
    "the store is a new one in place of another: what that one had switched off or dropped is "
    "not known (`promptevo on --all` begins)"
)


class Session(Protocol):
    """What statements run in; each argument stands for one ``?``."""

    def rows(self, statement: str, arguments: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Returns what a query finds."""

    def change(self, statement: str, arguments: Sequence[Any] = ()) -> int:
        """Returns how many rows a statement has changed."""


class Connected(ABC):
    """A store that can be read and written, and knows its key."""

    serial = ""

    def __init__(self) -> None:
        self._key: bytes | None = None
        self._seen: set[bytes] = set()
        self._sealers: dict[str, Sealer] = {}

    @abstractmethod
    def reading(self) -> AbstractContextManager[Session]:
        """Lends a session for queries."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[Session]:
        """Lends a session whose statements are committed together at its end."""

    @abstractmethod
    def writing_alone(self) -> AbstractContextManager[Session]:
        """Lends a session each of whose statements is committed for itself."""

    @abstractmethod
    def prepare(self) -> None:
        """Connects; makes the store and its tables where they are missing."""

    @abstractmethod
    def newest(self) -> int:
        """Returns the number of the newest outcome; all that have lower ones are there."""

    @abstractmethod
    def forget(self) -> None:
        """Leaves connections to the parent process: this one is its child."""

    @abstractmethod
    def close(self) -> None:
        """Disconnects. Closing twice is fine."""

    @property
    def key(self) -> bytes | None:
        """The key of the store's ids and hashes, once it was read."""
        return self._key

    def probe(self) -> None:
        """Writes a little, to see that it can."""
        with self.writing() as session:
            session.change(
                "INSERT INTO promptevo_meta VALUES ('probe', ?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (str(time.time()),),
            )

    def set_up(self, session: Session, *, is_again: bool = False) -> None:
        """Makes what is missing in a new store.

        Args:
            session: What it is done in.
            is_again: Whether there was a store here before: a new one begins switched off.
        """
        for statement in tables.statements(self.serial):
            session.change(statement)
        add = "INSERT INTO promptevo_meta VALUES (?, ?) ON CONFLICT (key) DO NOTHING"
        session.change(add, ("schema", tables.SCHEMA))
        if session.change(add, ("key", secrets.token_hex(KEY_BYTES))) and is_again:
            self._hold(session)

    def read_key(self, session: Session) -> None:
        """Reads the key of the store; one in place of another is switched off.

        Raises:
            StateError: if the store is of another version, or its key is none.
        """
        found = dict(
            session.rows("SELECT key, value FROM promptevo_meta WHERE key IN ('schema', 'key')")
        )
        if found.get("schema") != tables.SCHEMA:
            raise StateError("the store was made by another version of pytest-promptevo")
        try:
            key = bytes.fromhex(found["key"])
        except (KeyError, TypeError, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise StateError("the store has no usable key")
        if self._seen and key not in self._seen:
            self._hold(session)
        self._seen.add(key)
        if key != self._key:
            self._key, self._sealers = key, {}

    def _hold(self, session: Session) -> None:
        """Switches all suites off, unless somebody has said what they shall be.

        A kill switch must not be undone by the loss of the store that it was kept in.
        """
        session.change(_HOLD, (ALL_SUITES, _NEW_STORE, time.time()))
