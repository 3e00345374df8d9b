"""What a run was asked to do, and how the texts that ask for it are read."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

from pytest_promptevo.base.numbers import is_whole
from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import SettingsError, did_you_mean
from pytest_promptevo.evolve.names import DEFAULT_STRATEGY, STRATEGY_NAMES
from pytest_promptevo.suite.file_schema import MOST_REPEATS
from pytest_promptevo.suite.sections.rollout import MOST_CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.recording import Mode

EvolveMode = Literal["", "failing", "all"]
LockMode = Literal["", "stale", "strict"]
AcceptMode = Literal["", "inconclusive"]


@dataclass(frozen=True)
class Settings:
    """What a run was asked to do.

    Attributes:
        evolve: ``all`` to search suites that pass, too; a command that searches none unless
            asked to reads "" and ``failing`` here.
        update_lock: Whether a command accepts the present genomes and figures.
        locked: Whether a suite that differs from its lock fails (`Project.check_suite`):
            ``strict`` fails a suite without an entry, too; "" only tells of it.
        accept: ``inconclusive`` to lock a genome that was not shown to be better, else "".
        record: Record mode: ``none``, ``missing`` or ``all``.
        max_examples: Golden examples of each suite that are looked at; 0: all.
        repeats: How often an example is drawn at a temperature above 0; 0: as suites say.
        strategy: Search strategy.
        seed: Seed of the search.
        budget: Bounds of the search: ``calls``, ``tokens``, ``seconds``.
        models: Role to model reference, overriding the suite files.
        provider: Keyword arguments for `ProviderOptions`.
        run: Name of the run that several processes share, else empty.
        audit: How many recorded answers of each suite a command asks the model for again.
        candidates: How many genomes a search proposes for production's traffic at most.
        executor: Whose processes call the models: ``dask:ADDRESS``; this one's if empty.
    """

    evolve: EvolveMode = ""
    update_lock: bool = False
    locked: LockMode = ""
    accept: AcceptMode = ""
    record: Mode = "missing"
    max_examples: int = 0
    repeats: int = 0
    strategy: str = DEFAULT_STRATEGY
    seed: int = 0
    budget: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    provider: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""
    audit: int = 0
    candidates: int = 0
    executor: str = ""

    def __post_init__(self) -> None:
        """Refuses what would be ignored, or fail late.

        Raises:
            SettingsError: for a value that cannot be used.
        """
        if self.evolve not in ("", "failing", "all"):
            raise SettingsError(f"evolve: {self.evolve!r}: use 'failing', 'all' or nothing")
        if self.locked not in ("", "stale", "strict"):
            raise SettingsError(f"locked: {self.locked!r}: use 'stale', 'strict' or nothing")
        read_accept(self.accept)
        read_mode(self.record)
        read_strategy(self.strategy)
        read_executor(self.executor)
        if not is_whole(self.repeats) or not 0 <= self.repeats <= MOST_REPEATS:
            raise SettingsError(
                f"repeats: {self.repeats!r} is not a whole number up to {MOST_REPEATS}"
            )
        if not is_whole(self.seed) or self.seed < 0:
            raise SettingsError(f"seed: {self.seed!r} is not a whole number from 0 on")
        if not is_whole(self.candidates) or not 0 <= self.candidates <= MOST_CANDIDATES:
            raise SettingsError(
                f"candidates: {self.candidates!r} is not a whole number from 0 to {MOST_CANDIDATES}"
            )
        if not isinstance(self.budget, Mapping):
            raise SettingsError(f"budget: {self.budget!r}: write {{'calls': 900}}")
        for name in self.budget:
            if name not in ("calls", "tokens", "seconds"):
                near = did_you_mean(str(name), ("calls", "tokens", "seconds"))
                raise SettingsError(f"budget: no bound {name!r}: {near}")


_DURATION = re.compile(r"-?(\d+(\.\d+)?|(\d+(\.\d+)?(ms|s|m|h))+)")
_UNITS = {
    "": ("calls", 1.0),
    "calls": ("calls", 1.0),
    "s": ("seconds", 1.0),
    "m": ("seconds", 60.0),
    "h": ("seconds", 3600.0),
    "tok": ("tokens", 1.0),
    "ktok": ("tokens", 1e3),
    "mtok": ("tokens", 1e6),
}


_LARGEST_BOUND = 1e12
"""Calls, tokens or hours that a search may be bounded by: no search is that long."""

_LARGEST_NUMBER = 1e9
"""Seconds that are waited for at most, or calls at once: operating systems count no further."""

_DIGITS = 100
"""Digits of a whole number that count; a seed has no more."""


def read_mode(text: str) -> Mode:
    """Returns a record mode.

    Raises:
        SettingsError: if it is none (so do the other functions of this module).
    """
    if text not in ("none", "missing", "all"):
        raise SettingsError(f"promptevo record mode {text!r}: use none, missing or all")
    return cast("Mode", text)


def read_accept(text: str) -> AcceptMode:
    """Returns what is accepted without a proof."""
    if text not in ("", "inconclusive"):
        raise SettingsError(f"promptevo accept: {text!r}: the only choice is inconclusive")
    return cast("AcceptMode", text)


def read_strategy(text: str) -> str:
    """Returns the name of a strategy, the default one for an empty text."""
    if text and text not in STRATEGY_NAMES:
        known = ", ".join(sorted(STRATEGY_NAMES))
        raise SettingsError(f"promptevo strategy: unknown strategy {text!r}: use {known}")
    return text or DEFAULT_STRATEGY


def read_executor(text: str) -> str:
    """Returns whose processes call the models; an empty text means this one's."""
    if re.search("[@?#]", text):
        raise SettingsError(
            "promptevo executor: the scheduler's address must hold no password and no query: "
            "write dask:tcp://HOST:8786\n"
            "  hint: Dask knows no passwords; its TLS says who may call (dask:tls://HOST:8786)"
        )
    if text and not re.fullmatch(r"dask:(local|(tcp|tls|ws|wss)://\S+)", text):
        raise SettingsError(
            f"promptevo executor: {shorten(repr(text), 80)}: write dask:tcp://HOST:8786 (the "
            "scheduler's address), or dask:local for a cluster on this machine"
        )
    return text


def read_repeats(text: str) -> int:
    """Returns how often an example is drawn; an empty text leaves it to the suites."""
    if text and not 1 <= _whole(text) <= 100:
        raise SettingsError(
            f"promptevo repeats: {shorten(repr(text), 80)} is not a whole number from 1 to 100"
        )
    return _whole(text or "0")


def read_max_examples(text: str) -> int:
    """Returns how many golden examples of each suite are looked at; an empty text: all."""
    if text and _whole(text) < 1:
        raise SettingsError(
            f"--promptevo-max-examples: {shorten(repr(text), 80)} is not a whole number from 1 on"
        )
    return _whole(text or "0")


def read_seed(text: str) -> int:
    """Returns a seed."""
    if not 0 <= _whole(text) < 10**_DIGITS:
        raise SettingsError(
            f"promptevo seed: {shorten(repr(text), 80)} is not a whole number from 0 on, of at "
            f"most {_DIGITS} digits"
        )
    return _whole(text)


def read_audit(text: str) -> int:
    """Returns a number of recorded answers; ``all`` is more than there can be."""
    if text == "all":
        return sys.maxsize
    if text and _whole(text) < 1:
        raise SettingsError(
            f"--promptevo-audit: {shorten(repr(text), 80)} is neither a whole number from 1 on "
            "nor 'all'"
        )
    return _whole(text or "0")


def _whole(text: str) -> int:
    """Returns the whole number that a text is, at most one more than fits into `_DIGITS`.

    Python itself refuses to read thousands of digits, as they would take long. A text that is no
    such number is -1.
    """
    if not (text.isascii() and text.isdigit()):
        return -1
    digits = text.lstrip("0")
    return int(digits or "0") if len(digits) <= _DIGITS else 10**_DIGITS


def read_candidates(text: str) -> int:
    """Returns how many candidates a search proposes; 0 for an empty text."""
    if text and text not in map(str, range(MOST_CANDIDATES + 1)):
        raise SettingsError(
            f"promptevo candidates: {shorten(repr(text), 80)} is not a whole number from 0 to "
            f"{MOST_CANDIDATES}"
        )
    return int(text or 0)


def read_budget(text: str) -> dict[str, float]:
    """Returns the bounds of ``900``, ``2m``, ``500ktok`` or several of them."""
    bounds: dict[str, float] = {}
    for part in text.replace(",", " ").split():
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]*)", part.lower())
        if not match or match[2] not in _UNITS or not 0 < float(match[1]) <= _LARGEST_BOUND:
            raise SettingsError(
                f"promptevo budget {shorten(repr(part), 80)}: write calls (900), time (90s, 2m) "
                "or tokens (500ktok)"
            )
        name, factor = _UNITS[match[2]]
        bounds[name] = float(match[1]) * factor
    return bounds


def read_models(texts: Iterable[str]) -> dict[str, str]:
    """Returns the references of ``ROLE=KIND:NAME`` by role."""
    from pytest_promptevo.providers import check_reference

    models: dict[str, str] = {}
    for text in texts:
        role, equals, reference = text.partition("=")
        try:
            if not equals or not role:
                raise SettingsError("write ROLE=KIND:NAME, e.g. primary=ollama:llama3.1:8b")
            check_reference(reference)
        except SettingsError as exc:
            raise SettingsError(f"--promptevo-model {text}: {exc}") from None
        models[role] = reference
    return models


def read_duration(name: str, text: str) -> str:
    """Returns a duration as Ollama takes it; an empty text stays empty."""
    if text and not _DURATION.fullmatch(text):
        raise SettingsError(f"{name}: {text!r} is no duration: write 10m, 300 or -1 (forever)")
    return text


def read_number(name: str, text: str, least: float) -> float:
    """Returns a number that is not too small, and not larger than what a system can wait for."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not least <= number <= _LARGEST_NUMBER:
        raise SettingsError(
            f"{name}: {shorten(repr(text), 80)} is not a number from {least:g} to "
            f"{_LARGEST_NUMBER:,.0f}"
        )
    return number
