"""Models of Ollama servers: ``ollama:name:tag``."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_promptevo.providers.base import OLLAMA_VARIABLE
from pytest_promptevo.providers.http.addresses import Address, is_local, normal_address
from pytest_promptevo.providers.http.faults import Unfit
from pytest_promptevo.providers.http.identity import Identity
from pytest_promptevo.providers.http.pool import Pool
from pytest_promptevo.providers.http.secrets import Secret
from pytest_promptevo.providers.http.server import Server
from pytest_promptevo.providers.ollama.model import OllamaModel

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Completion, Request
    from pytest_promptevo.providers.base import ProviderOptions

_DEFAULT_PORT = 11434


class Ollama:
    """A model that one or several Ollama servers run.

    Args:
        reference: ``ollama:name:tag``.
        options: Settings.

    Raises:
        SettingsError: if the address of a server is none.

    Attributes:
        reference: The reference.
        concurrency: Calls in flight over all servers. A server does not tell how many it
            serves at once: unless set, one each, or what ``OLLAMA_NUM_PARALLEL`` says if
            all servers are on this machine.
        is_spread: Whether there are several servers.
    """

    def __init__(self, reference: str, options: ProviderOptions) -> None:
        self.reference = reference
        self._name = reference.partition(":")[2]
        self._identity = Identity()
        addresses = _addresses(options)
        secret = Secret.from_env("OLLAMA_API_KEY", addresses)  # sent by the official client itself
        self.concurrency = options.concurrency or _parallel(addresses)
        self.is_spread = len(addresses) > 1

        def server(address: Address) -> Server[OllamaModel]:
            return Server(address.shown, lambda: OllamaModel(self._name, address, options, secret))

        self._pool = Pool(
            reference,
            [server(address) for address in addresses],
            options,
            check=self._check,
            limit=self.concurrency,
            hint="is it running? `ollama serve` starts it; promptevo_ollama_hosts says where",
        )

    def __repr__(self) -> str:
        return f"Ollama({self.reference!r})"

    def digest(self) -> str:
        """Returns the digest of the model's manifest: weights, template and parameters."""
        if not self._identity.digest:
            self._pool.run(lambda _model: None)
        return self._identity.digest

    def generate(self, request: Request) -> Completion:
        """Answers one request."""
        return self._pool.run(lambda model: model.generate(request))

    def close(self) -> None:
        """Closes the connections."""
        self._pool.close()

    def _check(self, model: OllamaModel) -> None:
        digest = model.digest()
        if not self._identity.accepts(digest):
            raise Unfit(
                f"its {self._name} is not the one of before or of the other servers "
                f"({digest[:19]}, not {self._identity.digest[:19]})\n"
                f"  hint: ollama pull {self._name} on every server, then run again"
            )


def _addresses(options: ProviderOptions) -> list[Address]:
    if options.ollama_hosts:
        hosts, setting = options.ollama_hosts, "promptevo_ollama_hosts"
    else:
        hosts, setting = (os.environ.get(OLLAMA_VARIABLE, ""),), OLLAMA_VARIABLE
    found = [normal_address(host, setting=setting, default_port=_DEFAULT_PORT) for host in hosts]
    return [Address(address) for address in dict.fromkeys(found)]


def _parallel(addresses: list[Address]) -> int:
    setting = os.environ.get("OLLAMA_NUM_PARALLEL", "")
    known = (
        int(setting) if setting.isdigit() and all(is_local(each.shown) for each in addresses) else 1
    )
    return max(known, 1) * len(addresses)


def connect(reference: str, options: ProviderOptions) -> Ollama:
    """Returns the engine; no server is asked yet."""
    return Ollama(reference, options)
