"""Addresses of PostgreSQL servers, and texts that were meant to be one."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, unquote

from pytest_promptevo.errors import SettingsError

FORM = "postgresql://user:password@host:port/database"

_URL = re.compile(
    r"postgres(?:ql)?://(?:(?P<user>[^\s:/@]*)(?::[^\s/@]*)?@)?(?P<hosts>[^\s/@?]*)"
    r"(?:/(?P<database>[^\s/@?]*))?(?:\?(?P<options>\S*))?"
)
_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.%]+\]|[^\[\]:,#]*)(?::(?P<port>[0-9]*))?")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEYWORD = r"(?:host|hostaddr|port|dbname|user|password|passfile|service|sslmode)\s*="
_MEANT = re.compile(
    # Pasted with quotes, or blanks; postgres:, postgresql//; any scheme, but a drive of Windows is
    # none; name:secret@host, name/secret@host, also behind slashes; what other programs take.
    r"""[\s"'`({<\[]*"""
    rf"(?:postgres(?:ql)?\s*(?:[:/@+]|$)|[a-z][a-z0-9+.-]+:|[^/.\s].*@|(?:.*\s)?{_KEYWORD}"
    r"|[/\\]+[^/\\]*:.*@|[/\\]{2,}[^/\\]*@"
    r"|.*://|.*(?:pass|passwd|password|pwd)[\"']?\s*[=:])",
    re.IGNORECASE | re.DOTALL,
)
_PORTS = re.compile(r"[0-9,]*")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,19}(?=://)")


def is_address(state: str) -> bool:
    """Whether a text is an address, and no path.

    Raises:
        SettingsError: if it looks like an address and is none that leads to PostgreSQL. The
            message repeats no part of it: what was taken for the host may be the password.
    """
    if not _MEANT.match(state):
        return False
    scheme = _SCHEME.match(state)
    if scheme and not scheme.group().startswith("postgres"):
        raise SettingsError(f"state: {scheme.group()}:// is no store: give a path or {FORM}")
    if not _is_sound(state):
        raise SettingsError(
            f"state: not an address of PostgreSQL's, which is {FORM}: percent-encode what is "
            "special in the password (@ is %40, / is %2F, % is %25); a path is told by ./ "
            "before it"
        )
    return True


def database_of(address: str) -> str:
    """Returns what an address leads to: hosts, ports and database.

    Who connects, and by which password, may change while outcomes wait for the database.

    Args:
        address: A text of which `is_address` is true.
    """
    found = _URL.fullmatch(address)
    assert found is not None
    options = {name: values[-1] for name, values in parse_qs(found["options"] or "").items()}
    hosts = [_HOST.fullmatch(each) for each in found["hosts"].split(",")]
    names = [unquote(each["name"]).lower() for each in hosts if each]
    ports = [each["port"] or options.get("port", "5432") for each in hosts if each]
    if "host" in options:
        names = [options["host"].lower()]
    user = options.get("user") or unquote(found["user"] or "")
    database = options.get("dbname") or unquote(found["database"] or "") or user
    return "\n".join([*names, *ports, database])


def _is_sound(address: str) -> bool:
    found = _URL.fullmatch(address)
    if found is None or _BAD_PERCENT.search(address):
        return False
    if not all(map(_PORTS.fullmatch, parse_qs(found["options"] or "").get("port", ()))):
        return False
    hosts = [_HOST.fullmatch(each) for each in found["hosts"].split(",")]
    return all(each and int(each["port"] or 1) <= 65535 for each in hosts)
