"""Addresses of servers: checked, completed, and fit to be shown."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote, urlsplit

from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEFAULT_PORTS = {"http": 80, "https": 443}

_LONGEST_PORT = 5
"""Digits of a number that may have been meant as a port."""

_SHORTEST_KEY = 16
"""Characters of a part of a path that may be a key."""

_WRITTEN_AS_IT_IS = "%!$&'()*+,;=:@~"

MASK = "***"
"""Stands where a key stood."""


def normal_address(text: str, *, setting: str, default_port: int | None = None) -> str:
    """Returns ``scheme://host:port/path`` without a final slash and the scheme's own port.

    Args:
        text: Address, with or without scheme and port; an empty one means this machine.
        setting: Where it comes from, for errors.
        default_port: Port of an address that has neither scheme nor port.

    Raises:
        SettingsError: if it is not an address, or holds a password or a query, since both
            would end up in error texts and logs.
    """
    scheme, mark, rest = text.strip().partition("://")
    if not mark:
        scheme, rest = "http", text.strip()
    try:
        parts = urlsplit(f"{scheme.lower()}://{rest.rstrip('/')}")
    except ValueError:
        raise SettingsError(f"{setting}: not an address of a server") from None
    if "@" in text or parts.query or parts.fragment:
        raise SettingsError(
            f"{setting}: the address must hold no password and no query\n"
            "  hint: API keys are read from the environment only"
        )
    if any(map(str.isspace, parts.netloc)):
        raise SettingsError(f"{setting}: not an address of a server")
    port = _port(parts, setting)
    if parts.scheme not in _DEFAULT_PORTS or (not parts.hostname and mark):
        raise SettingsError(
            f"{setting}: {without_keys(text)!r} is not an address (http://host:port)"
        )
    host = _reachable(parts.hostname or "127.0.0.1")
    if port is None and not mark:
        port = default_port
    shown = f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else ""
    return f"{parts.scheme}://{host}{shown}{parts.path}"


class Address:
    """A server's address, of whose path only `Transport` sees what may be a key.

    Args:
        address: As `normal_address` returns it.

    Attributes:
        shown: The address without such parts: what all others know.
    """

    __slots__ = ("_parts", "shown")

    def __init__(self, address: str) -> None:
        self.shown = without_keys(address)
        self._parts = urlsplit(address).path.split("/")

    def __repr__(self) -> str:
        return f"Address({self.shown})"

    def hidden(self) -> Iterator[str]:
        """Yields what may be a key, as it is written and as it is meant."""
        for key in filter(_may_be_key, self._parts):
            yield key
            yield unquote(key)

    def target(self, shown: bytes) -> bytes:
        """Returns the path and query to ask for, of those of a request to `shown`."""
        asked = shown.split(b"/")
        for index, part in enumerate(self._parts[: len(asked)]):
            if _may_be_key(part):
                asked[index] = quote(part, safe=_WRITTEN_AS_IT_IS).encode()
        return b"/".join(asked)


def without_keys(address: str) -> str:
    """Returns an address, or what was meant as one, without what may be a key in its path."""
    head, mark, rest = address.rpartition("://")
    host, *path = rest.split("/")
    return head + mark + "/".join([host, *(MASK if _may_be_key(part) else part for part in path)])


def _may_be_key(part: str) -> bool:
    """Tells whether a part of a path may be a key, which gateways take there."""
    return len(part) >= _SHORTEST_KEY and any(map(str.isdigit, part))


def _port(parts: SplitResult, setting: str) -> int | None:
    """Returns the port; of what stands in its place, which may be a key, only a port is told."""
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port != 0:
        return port
    given = parts.netloc.rpartition(":")[2]
    if parts.netloc.count(":") == 1 and given.isdecimal() and len(given) <= _LONGEST_PORT:
        raise SettingsError(f"{setting}: port {given} is out of range: 1 to 65535")
    raise SettingsError(f"{setting}: not an address of a server")


def is_local(address: str) -> bool:
    """Tells whether an address is of this machine."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reachable(host: str) -> str:
    try:
        number = ip_address(host)
    except ValueError:
        return host
    if number.is_unspecified:  # what a server listens on is no place to call
        number = ip_address("::1" if number.version == 6 else "127.0.0.1")
    return f"[{number}]" if number.version == 6 else str(number)
