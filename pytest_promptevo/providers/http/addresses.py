"""Addresses of servers: checked, completed, and fit to be shown."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from pytest_promptevo.errors import SettingsError

_DEFAULT_PORTS = {"http": 80, "https": 443}

_LONGEST_PORT = 5
"""Digits of a number that may have been meant as a port."""


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
        raise SettingsError(f"{setting}: {text!r} is not an address (http://host:port)")
    host = _reachable(parts.hostname or "127.0.0.1")
    if port is None and not mark:
        port = default_port
    shown = f":{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else ""
    return f"{parts.scheme}://{host}{shown}{parts.path}"


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
