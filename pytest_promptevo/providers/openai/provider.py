"""Models behind an OpenAI-compatible HTTP interface: ``openai:name``."""

from __future__ import annotations

import os
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING, TypeVar

from pytest_promptevo.base.canonical import digest as digest_of
from pytest_promptevo.errors import ModelUnavailable
from pytest_promptevo.providers.base import OPENAI_VARIABLE
from pytest_promptevo.providers.http.addresses import Address, normal_address
from pytest_promptevo.providers.http.faults import Unfit
from pytest_promptevo.providers.http.identity import Identity
from pytest_promptevo.providers.http.pool import Pool
from pytest_promptevo.providers.http.secrets import Secret
from pytest_promptevo.providers.http.server import Server
from pytest_promptevo.providers.openai.model import OpenAIModel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.prompt import Completion, Request
    from pytest_promptevo.providers.base import ProviderOptions

T = TypeVar("T")

DEFAULT_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "OPENAI_API_KEY"


class OpenAICompatible:
    """A model behind an OpenAI-compatible HTTP interface.

    The address is ``ProviderOptions.openai_base_url`` (ini: ``promptevo_openai_base_url``),
    else the environment variable ``OPENAI_BASE_URL``, else ``https://api.openai.com/v1``: as
    with OpenAI's own client. The API key comes from the environment variable
    ``OPENAI_API_KEY`` and from nowhere else; the default address needs one, local servers
    need none.

    Args:
        reference: ``openai:name``.
        options: Settings.

    Raises:
        SettingsError: if the address of the server is none.

    Attributes:
        is_spread: False: there is one address.
    """

    is_spread = False

    def __init__(self, reference: str, options: ProviderOptions) -> None:
        self.reference = reference
        self._name = reference.partition(":")[2]
        address, setting = options.openai_base_url, "promptevo_openai_base_url"
        if not address:
            address, setting = os.environ.get(OPENAI_VARIABLE, "").strip(), OPENAI_VARIABLE
        self._address = Address(normal_address(address or DEFAULT_URL, setting=setting))
        self._secret = Secret.from_env(KEY_VARIABLE, [self._address])
        self._options = options
        self._identity = Identity()
        self._limit_known = self._looked = options.concurrency is not None
        self._looking = threading.Lock()
        self._pool = Pool(
            reference,
            [Server(self._address.shown, self._model)],
            options,
            check=self._check,
            limit=options.concurrency or 1,
            hint="promptevo_openai_base_url or OPENAI_BASE_URL says where the server is",
        )

    def __repr__(self) -> str:
        return f"OpenAICompatible({self.reference!r})"

    @property
    def concurrency(self) -> int:
        """Calls in flight: as set, or what llama.cpp's server says it serves at once, or 1."""
        with self._looking:
            if not (self._limit_known or self._looked or self._lacks_key):
                self._looked = True
                with suppress(Unfit), closing(self._model()) as model:
                    self._learn_limit(model)
        return self._pool.limit

    def digest(self) -> str:
        """Returns a digest of the model's name and of what the server says about it.

        It cannot see weights: a server that serves other ones under the same name and
        with the same figures goes unnoticed.
        """
        if not self._identity.digest:
            self._ask(lambda _model: None)
        return self._identity.digest

    def generate(self, request: Request) -> Completion:
        """Answers one request."""
        return self._ask(lambda model: model.generate(request))

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    @property
    def _lacks_key(self) -> bool:
        return self._address.shown == DEFAULT_URL and not self._secret

    def _ask(self, call: Callable[[OpenAIModel], T]) -> T:
        if self._lacks_key:
            raise ModelUnavailable(
                f"{self.reference}: {DEFAULT_URL} needs an API key, and {KEY_VARIABLE} is not set\n"
                "  hint: for another server, set promptevo_openai_base_url or OPENAI_BASE_URL"
            )
        return self._pool.run(call)

    def _model(self) -> OpenAIModel:
        return OpenAIModel(self._name, self._address, self._options, self._secret)

    def _check(self, model: OpenAIModel) -> None:
        if not self._identity.accepts(digest_of(model.identity())):
            raise Unfit(f"it serves another {self._name} than before\n  hint: run again")
        if not self._limit_known:
            self._learn_limit(model)

    def _learn_limit(self, model: OpenAIModel) -> None:
        slots = model.slots()
        if slots is not None:
            self._pool.limit, self._limit_known = slots, True


def connect(reference: str, options: ProviderOptions) -> OpenAICompatible:
    """Returns the engine; the server is not asked yet."""
    return OpenAICompatible(reference, options)
