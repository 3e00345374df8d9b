"""A key of this user's, outside of the project: what it seals, no commit has brought."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from pytest_promptevo.base.text_files import read_bytes

_BYTES = 32


def seal(text: str | bytes, root: Path) -> str:
    """Returns what only a process of this user on this machine can make of a text.

    Args:
        text: What is sealed.
        root: The project's folder, absolute: a key that lies in it could be committed.

    Returns:
        The seal; empty where no key can be kept.
    """
    try:
        key = _key(root)
    except (OSError, RuntimeError):  # the latter: there is no home
        return ""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def is_sealed(text: str | bytes, told: object, root: Path) -> bool:
    """Whether a seal is that of a text."""
    own = seal(text, root)
    return bool(own) and isinstance(told, str) and hmac.compare_digest(own.encode(), told.encode())


def _key(root: Path) -> bytes:
    """Returns the key; makes it where it is missing."""
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    path = (Path(home) / "pytest-promptevo" / "night.key").resolve()
    if path.is_relative_to(root):
        raise OSError("it could be committed")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = path.with_name(f".{secrets.token_hex(8)}.tmp")
        try:
            scratch.touch(0o600)
            scratch.write_bytes(secrets.token_bytes(_BYTES))
            os.link(scratch, path)  # the first of several processes makes it, whole
        except FileExistsError:
            pass
        finally:
            scratch.unlink(missing_ok=True)
    key = read_bytes(path)
    if len(key) != _BYTES:
        raise OSError("it is no key")
    return key
