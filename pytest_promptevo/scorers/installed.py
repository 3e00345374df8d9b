"""Scorers of installed packages, found through entry points."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, NamedTuple

import pluggy

from pytest_promptevo.base.calling import Raised, users_code
from pytest_promptevo.base.text import shorten, shown
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.scorers import hookspecs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

    from pytest_promptevo.scorers import Factory


class Installed(NamedTuple):
    """What installed packages offer.

    Attributes:
        scorers: Scorers by name.
        lost: What is wrong with packages whose scorers cannot be had, a line each.
        offering: The modules or objects that offer them.
    """

    scorers: dict[str, Factory]
    lost: tuple[str, ...] = ()
    offering: tuple[object, ...] = ()


def installed_scorers() -> Installed:
    """Returns the scorers that installed packages offer.

    A package that is broken costs its own scorers alone: who uses none of them goes on.

    Raises:
        SettingsError: if two of them use one name.
    """
    offers: list[Mapping[str, Factory] | None] = []
    lost, offering = [], []
    for entry_point in entry_points(group=hookspecs.PROJECT):
        try:
            with users_code():
                plugin = entry_point.load()
                offers += _offers_of(plugin)
                offering.append(plugin)
        except Raised as exc:
            lost.append(f"{_named(entry_point)}: {_told(exc.error)}")
    return Installed(merged(offers), tuple(lost), tuple(offering))


def _offers_of(plugin: Any) -> list[Any]:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(sys.modules[hookspecs.__name__])
    manager.register(plugin)
    offers: list[Any] = manager.hook.promptevo_scorers()
    merged(offers)
    return offers


def _named(entry_point: EntryPoint) -> str:
    package = entry_point.dist.metadata["Name"] if entry_point.dist else "an installed package"
    return (
        f"the scorers of {package} cannot be had (entry point {entry_point.name} = "
        f"{entry_point.value})"
    )


def _told(error: BaseException) -> str:
    if isinstance(error, SettingsError):
        return str(error)
    told = " ".join(str(error).split())
    return shorten(f"{type(error).__name__}: {told}" if told else type(error).__name__, 200)


def merged(offers: Iterable[Mapping[str, Factory] | None]) -> dict[str, Factory]:
    """Returns the union of several offers.

    Raises:
        SettingsError: if two of them use one name, or an offer is not a mapping.
    """
    made: dict[str, Factory] = {}
    for offer in offers:
        if offer is None:
            continue
        for name, factory in _offered(offer).items():
            if not isinstance(name, str):
                raise SettingsError(f"a scorer is named by a text, not by {shown(name)}")
            if name in made:
                raise SettingsError(f"two plugins offer a scorer named {name!r}")
            if not callable(factory):
                raise SettingsError(f"scorer {name!r} is not a function that makes a scorer")
            made[name] = factory
    return made


def _offered(offer: Mapping[str, Factory]) -> dict[str, Factory]:
    if not isinstance(offer, Mapping):
        raise SettingsError(f"a scorer hook must return a mapping, not {shown(offer)}")
    try:
        with users_code():  # a mapping of the user's own kind may raise what it likes
            return dict(offer)
    except Raised as exc:
        raise SettingsError(f"what a scorer hook returned cannot be read: {exc}") from None
