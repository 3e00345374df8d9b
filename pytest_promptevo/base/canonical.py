"""Canonical JSON and digests: the base of stable bytes."""

from __future__ import annotations

import hashlib
import json
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
