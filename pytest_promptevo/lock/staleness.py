"""Whether an entry still describes its suite, and if not, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.providers import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.lock.entry import Entry
    from pytest_promptevo.suite import Suite

_NAMES = {
    "prompt": "the prompt's texts",
    "genome": "the shipped genome",
    "search": "the search space",
    "shots": "the few-shot examples",
    "output": "the output's format",
    "scorers": "the scorers",
    "objectives": "the objectives or the threshold",
    "golden": "the golden examples",
}


def changes(suite: Suite, entry: Entry, digests: Mapping[str, str]) -> list[str]:
    """Returns what changed since the entry was written, a phrase each.

    Args:
        suite: The suite as it is now.
        entry: Its entry.
        digests: Role to the digest of its model as it is now, for the roles whose model
            is in reach.
    """
    now, models = suite.fingerprints, suite.prompt.models
    made = [_NAMES.get(name, name) for name in now if entry.fingerprints.get(name) != now[name]]
    for role in sorted({*models, *entry.models}):
        locked = entry.models.get(role)
        if locked is None or role not in models:
            made.append(f"model role {role!r}")
        elif locked.reference != models[role]:
            made.append(f"model {role!r} ({locked.reference} -> {models[role]})")
        elif role in digests and digests[role] != locked.digest:
            part = kind_of(models[role]).identity
            made.append(f"the {part} of model {role!r} ({models[role]})")
    return made
