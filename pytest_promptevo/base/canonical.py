"""Canonical JSON, digests and atomic writes: the base of stable bytes."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_encode = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
).encode


def canonical_json(value: Any) -> str:
    """Returns the one JSON text of a value: sorted keys, no spaces, no NaN.

    Raises:
        ValueError: for NaN and infinities.
        TypeError: for what JSON cannot hold.
    """
    return _encode(value)


def digest(value: Any) -> str:
    """Returns ``sha256:`` and the first 16 hex digits of the value's canonical JSON."""
    return "sha256:" + hashlib.sha256(canonical_json(value).encode()).hexdigest()[:16]


def text_key(text: str) -> str:
    """Returns 32 hex digits that identify a text (for store keys)."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@lru_cache(maxsize=64)
def _file_sha256(path: str, size: int, mtime_ns: int) -> str:
    with open(path, "rb") as handle:
        return (
            hashlib.file_digest(handle, "sha256").hexdigest()
            if hasattr(hashlib, "file_digest")
            else _sha256_blocks(handle)
        )


def _sha256_blocks(handle: Any) -> str:
    whole = hashlib.sha256()
    for block in iter(lambda: handle.read(1 << 20), b""):
        whole.update(block)
    return whole.hexdigest()


def file_sha256(path: Path) -> str:
    """Returns the SHA-256 of a file's bytes, read once per size and time of change."""
    stat = path.stat()
    return _file_sha256(str(path), stat.st_size, stat.st_mtime_ns)


def atomic_write(path: Path, text: str) -> None:
    """Writes a UTF-8 file whole or not at all.

    The text goes to a temporary file beside the target, is flushed to disk and
    renamed over it, so a reader (or a crash) sees the old file or the new one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    # "x" never opens what somebody else has put there; the system applies the umask.
    try:
        with open(scratch, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            scratch.chmod(path.stat().st_mode & 0o777)
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
