"""Scorers of installed packages, found through entry points."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pluggy

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.scorers import hookspecs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_promptevo.scorers import Factory


def installed_scorers() -> dict[str, Factory]:
    """Returns the scorers that installed packages offer.

    Raises:
        SettingsError: if two of them use one name.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(sys.modules[hookspecs.__name__])
    manager.load_setuptools_entrypoints(hookspecs.PROJECT)
    return merged(manager.hook.promptevo_scorers())


def merged(offers: Iterable[Mapping[str, Factory] | None]) -> dict[str, Factory]:
    """Returns the union of several offers.

    Raises:
        SettingsError: if two of them use one name, or an offer is not a mapping.
    """
    made: dict[str, Factory] = {}
    for offer in offers:
        if offer is None:
            continue
        if not hasattr(offer, "items"):
            raise SettingsError(f"a scorer hook must return a mapping, not {offer!r}")
        for name, factory in offer.items():
            if name in made:
                raise SettingsError(f"two plugins offer a scorer named {name!r}")
            if not callable(factory):
                raise SettingsError(f"scorer {name!r} is not a function that makes a scorer")
            made[name] = factory
    return made
