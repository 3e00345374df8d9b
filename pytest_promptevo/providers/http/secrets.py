"""API keys and passwords: read from the environment, shown to nobody."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NoReturn

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.providers.http.addresses import MASK
from pytest_promptevo.providers.http.proxies import proxy_secrets
from pytest_promptevo.providers.http.written import pattern_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.providers.http.addresses import Address

_UNLIKELY_WORD = 16
_SHORTEST_HIDDEN = 4


class Secret:
    """A key that does not show in reprs, error texts or pickles.

    Args:
        value: The key; an empty one is no key.
        hidden: What else must not be shown (passwords of proxies). What has fewer than four
            characters is hidden behind ``Bearer`` alone: elsewhere it would blot out words.
    """

    __slots__ = ("_behind_bearer", "_hidden", "_value")

    def __init__(self, value: str = "", hidden: Iterable[str] = ()) -> None:
        self._value = value
        known = {text for text in (value, *hidden) if len(text) >= _SHORTEST_HIDDEN}
        longest_first = sorted(known, key=len, reverse=True)
        self._hidden = [(len(text), pattern_of(text)) for text in longest_first]
        self._behind_bearer = re.compile(rf"(?<=Bearer ){pattern_of(value).pattern}")

    @classmethod
    def from_env(cls, name: str, addresses: Iterable[Address] = ()) -> Secret:
        """Reads an environment variable, and the passwords of proxies, which are hidden, too.

        Args:
            name: The variable.
            addresses: Of the servers; what may be a key in their paths is hidden, too.

        Raises:
            SettingsError: if it holds what cannot go into a header (a quote pasted from a
                document, a line break), which would make other errors quote it.
        """
        value = os.environ.get(name, "").strip()
        if not all("!" <= char <= "~" for char in value):
            raise SettingsError(f"{name} holds characters that no API key has") from None
        keys = (key for address in addresses for key in address.hidden())
        return cls(value, (*proxy_secrets(), *keys))

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"Secret({MASK})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled")

    def reveal(self) -> str:
        """Returns the key, for the one place that sends it."""
        return self._value

    def redact(self, text: str) -> str:
        """Returns a text of somebody else's without the key and what else is hidden.

        To be done before the text is cut: a part of a key is not found.
        """
        if self._value:
            text = self._behind_bearer.sub(MASK, text)
        for _, pattern in self._hidden:
            text = pattern.sub(MASK, text)
        return text

    def redact_answer(self, text: str) -> str:
        """Returns a model's answer without the key; short ones may be words of the answer.

        What stands behind ``Bearer`` is no such word.
        """
        if self._value:
            text = self._behind_bearer.sub(MASK, text)
        for length, pattern in self._hidden:
            if length >= _UNLIKELY_WORD:
                text = pattern.sub(MASK, text)
        return text
