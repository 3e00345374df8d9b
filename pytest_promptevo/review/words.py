"""The one word that a suite gets, and the conditions that ``--fail-on`` knows."""

from __future__ import annotations

from enum import Enum

from pytest_promptevo.errors import SettingsError, did_you_mean


class Word(Enum):
    """What a change does to a suite, in the order in which it is to be looked at."""

    WORSE = "worse"
    REGRESSED = "regressed"
    REMOVED = "removed"
    STALE = "stale"
    WEIGHTS = "other weights"
    INCONCLUSIVE = "inconclusive"
    NEW = "new"
    BETTER = "better (confirmed)"


class Condition(Enum):
    """What a change may be refused for; several may hold of a suite, whatever its word is.

    ``regressed``: it is worse beyond chance, or examples that passed fail now and no test shows
    that it is better all the same. ``stale``: the evidence is not about this code, or the
    recordings are not those of the lock. ``unconfirmed``: another genome runs, or the evidence
    is gone, and nothing shows that it is better. ``weights``: the model has other weights under
    the same name. ``removed``: a suite or its lock entry is gone. ``laxer``: limits, examples or
    scorers changed in a way by which more may pass than before.
    """

    REGRESSED = "regressed"
    STALE = "stale"
    UNCONFIRMED = "unconfirmed"
    WEIGHTS = "weights"
    REMOVED = "removed"
    LAXER = "laxer"


def read_conditions(given: str) -> frozenset[Condition]:
    """Returns the conditions of ``--fail-on``.

    Args:
        given: Their names, separated by commas.

    Raises:
        SettingsError: for a name that is none.
    """
    known = {each.value: each for each in Condition}
    names = [name.strip() for name in given.split(",") if name.strip()]
    for name in names:
        if name not in known:
            told = f"{did_you_mean(name, known)} (all: {', '.join(known)})"
            raise SettingsError(f"--fail-on: no condition {name!r}: {told}")
    return frozenset(known[name] for name in names)
