"""API keys: read from the environment, shown to nobody."""

from __future__ import annotations

import os
from typing import NoReturn

from pytest_promptevo.errors import SettingsError

MASK = "***"
_UNLIKELY_WORD = 16


class Secret:
    """A key that does not show in reprs, error texts or pickles.

    Args:
        value: The key; an empty one is no key.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    @classmethod
    def from_env(cls, name: str) -> Secret:
        """Reads an environment variable.

        Raises:
            SettingsError: if it holds what cannot go into a header (a quote pasted from a
                document, a line break), which would make other errors quote it.
        """
        value = os.environ.get(name, "").strip()
        if not all("!" <= char <= "~" for char in value):
            raise SettingsError(f"{name} holds characters that no API key has") from None
        return cls(value)

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
        """Returns a text of somebody else's without the key."""
        return text.replace(self._value, MASK) if self._value else text

    def redact_answer(self, text: str) -> str:
        """Returns a model's answer without the key; short ones may be words of the answer."""
        return self.redact(text) if len(self._value) >= _UNLIKELY_WORD else text
