"""Which arm a request gets: by a picture of the store in memory."""

from __future__ import annotations

import time
from bisect import bisect_right
from itertools import accumulate
from os import urandom
from typing import TYPE_CHECKING, NamedTuple

from pytest_promptevo.state.decision import KEY_BYTES, NO_VERSION, Sealer, point_of, start_of

if TYPE_CHECKING:
    from pytest_promptevo.rollout import Allocation
    from pytest_promptevo.runtime.arms import Arm, Arms


class Choice(NamedTuple):
    """What was chosen for a request.

    Attributes:
        decision: Its id.
        arm: The arm.
        version: Number of the allocation; 0 for none.
        share: The arm's share of the traffic.
    """

    decision: str
    arm: Arm
    version: int
    share: float


class Slot(NamedTuple):
    """An arm's place in an allocation, and what the ids of its decisions start with."""

    arm: Arm
    version: int
    share: float
    start: str


class Picture:
    """How the store looked a moment ago, made ready for choosing.

    Args:
        arms: The arms of this process's lock: no other is ever chosen.
        key: The store's key; None where it was not reached yet: such ids are of no store.
        allocation: The shares; None: the locked genome answers everybody.
        why: Why there is no allocation.
        at: When it was taken, by the monotonic clock.
    """

    def __init__(
        self,
        arms: Arms,
        key: bytes | None,
        allocation: Allocation | None = None,
        *,
        why: str = "",
        at: float = float("-inf"),
    ) -> None:
        self.key = key or urandom(KEY_BYTES)
        self.allocation = allocation
        self.why = why
        self.at = at
        self._lineup = arms.lineup.key
        self._sealer = Sealer(self.key, arms.lineup.suite)
        version = NO_VERSION if allocation is None else allocation.version
        weights = {arms.control.id: 1.0} if allocation is None else allocation.weights
        self._slots = [
            Slot(arms.by_id[arm], version, share, start_of(self._lineup, version, arm))
            for arm, share in weights.items()
        ]
        self._bounds = list(accumulate(weights.values()))[:-1]  # the last one has the rest

    def choose(self, unit: str | None) -> Choice:
        """Chooses an arm.

        Args:
            unit: Who gets the same arm while the shares allow it; None: nobody.
        """
        nonce = urandom(8).hex()
        hashed = "" if unit is None else self._sealer.unit_hash(self._lineup, unit)
        slot = self._slots[bisect_right(self._bounds, point_of(hashed or nonce))]
        decision = self._sealer.decide(slot.start, int(time.time()), nonce, hashed)
        return Choice(decision, slot.arm, slot.version, slot.share)
