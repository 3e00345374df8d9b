"""The id of a decision: which allocation, which arm, and a nonce that cannot be made up."""

from __future__ import annotations

import re
from hashlib import blake2b
from hmac import compare_digest
from typing import NamedTuple

NO_VERSION = 0
"""The version of a decision that no allocation has made: the locked genome as the fallback."""

KEY_BYTES = 32

_FORM = re.compile(
    r"([0-9a-f]{8})-(0|[1-9][0-9]{0,8})\.([0-9a-f]{16})\."
    r"([0-9a-f]{8})[0-9a-f]{16}([0-9a-f]{16})?[0-9a-f]{16}",
    re.ASCII,
)
_SEAL = 16


class Decision(NamedTuple):
    """What the id of a decision says.

    Attributes:
        text: The id: ``allocation.arm.nonce``.
        lineup: Digest of the arms that the allocation shares traffic between.
        version: The allocation's number; 0 for none.
        arm: Id of the arm.
        at: When it was made, in seconds since 1970.
        unit: Keyed hash of the unit, or nothing.
    """

    text: str
    lineup: str
    version: int
    arm: str
    at: int
    unit: str


class Sealer:
    """Makes ids of decisions and hashes of units, for one suite of one store.

    Args:
        key: The store's key.
        suite: Name of the suite.
    """

    def __init__(self, key: bytes, suite: str) -> None:
        name = suite.encode("utf-8", "surrogatepass") + b"\n"
        self._decision = blake2b(name, digest_size=_SEAL // 2, key=key, person=b"decision")
        self._unit = blake2b(name, digest_size=8, key=key, person=b"unit")

    def decide(self, start: str, at: int, nonce: str, unit: str = "") -> str:
        """Returns the id of a new decision.

        Args:
            start: What `start_of` returns.
            at: Now, in seconds since 1970.
            nonce: 16 random hex digits.
            unit: Hash of the unit, where one was given.
        """
        text = f"{start}{at:08x}{nonce}{unit}"
        return text + self._seal(text)

    def is_sealed(self, text: str) -> bool:
        """Whether a process that knows the key has made an id for the suite."""
        return compare_digest(text[-_SEAL:], self._seal(text[:-_SEAL]))

    def unit_hash(self, lineup: str, unit: str) -> str:
        """Returns 16 hex digits that stand for a unit; nobody without the key can tell whose."""
        hashed = self._unit.copy()
        hashed.update(f"{lineup}\n{unit}".encode("utf-8", "surrogatepass"))
        return hashed.hexdigest()

    def _seal(self, text: str) -> str:
        hashed = self._decision.copy()
        hashed.update(text.encode())
        return hashed.hexdigest()


def start_of(lineup: str, version: int, arm: str) -> str:
    """Returns what the ids of an allocation's decisions for an arm start with."""
    return f"{lineup}-{version}.{arm}."


def parse_decision(text: object) -> Decision | None:
    """Returns what an id says, or None for what is none."""
    if not isinstance(text, str) or (found := _FORM.fullmatch(text)) is None:
        return None
    lineup, version, arm, at, unit = found.groups()
    return Decision(text, lineup, int(version), arm, int(at, 16), unit or "")


def point_of(hexadecimal: str) -> float:
    """Returns the number in [0, 1) that 16 hex digits stand for."""
    return (int(hexadecimal, 16) >> 11) / (1 << 53)
