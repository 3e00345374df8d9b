"""The engines of a locked prompt, each started by its first request."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pytest_promptevo.providers import connect

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Completion, Request
    from pytest_promptevo.providers import Provider, ProviderOptions


class Engines:
    """Connects each model reference once; safe to call from several threads.

    Args:
        options: Settings for the engines.
    """

    def __init__(self, options: ProviderOptions) -> None:
        self._options = options
        self._providers: dict[str, Provider] = {}
        self._guard = threading.Lock()

    def provider(self, reference: str) -> Provider:
        """Returns the engine of a model reference.

        Raises:
            SettingsError: if the reference cannot be understood.
        """
        with self._guard:
            if reference not in self._providers:
                self._providers[reference] = connect(reference, self._options)
            return self._providers[reference]

    def ask(self, request: Request) -> Completion:
        """Answers a request by the engine of its model."""
        return self.provider(request.model).generate(request)

    def close(self) -> None:
        """Frees the engines; the next request starts them anew. Closing twice is fine."""
        with self._guard:
            while self._providers:
                self._providers.popitem()[1].close()
