"""What the run was asked to do: options, ini settings and the environment as `Settings`."""

from __future__ import annotations

import math
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_promptevo.recording import Mode

EvolveMode = Literal["", "failing", "all"]

STRATEGY_NAMES = ("classic", "greedy", "racing")
"""The strategies of the search, named here so that a run without one does not import it."""


@dataclass(frozen=True)
class Settings:
    """What the run was asked to do.

    Attributes:
        root: The project's folder (pytest's rootdir).
        evolve: Which suites to search: none, those that fail, or all.
        update_lock: Whether to accept the present genomes and figures.
        locked: Whether a lock that does not match is an error.
        record: Record mode.
        strategy: Search strategy.
        seed: Seed of the search.
        budget: Bounds of the search: ``calls``, ``tokens``, ``seconds``.
        models: Role to model reference, overriding the suite files.
        provider: Keyword arguments for `ProviderOptions`.
        run: Name of the run that the processes of pytest-xdist share, else empty.
    """

    root: Path
    evolve: EvolveMode = ""
    update_lock: bool = False
    locked: bool = False
    record: Mode = "missing"
    strategy: str = ""
    seed: int = 0
    budget: Mapping[str, float] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    provider: Mapping[str, Any] = field(default_factory=dict)
    run: str = ""


def read_settings(config: pytest.Config) -> Settings:
    """Reads options, ini settings and environment.

    Raises:
        pytest.UsageError: for a value that cannot be used.
    """
    option = config.option
    writes = bool(option.evolve or option.promptevo_update_lock)
    record = _text(config, "record") or ("none" if _in_ci() and not writes else "missing")
    if record not in ("none", "missing", "all"):
        raise pytest.UsageError(f"promptevo record mode {record!r}: use none, missing or all")
    return Settings(
        root=config.rootpath,
        evolve=option.evolve or "",
        update_lock=option.promptevo_update_lock,
        locked=not writes and (option.promptevo_locked or bool(config.getini("promptevo_locked"))),
        record=cast("Mode", record),
        strategy=_strategy(_text(config, "strategy")),
        seed=_seed(_text(config, "seed") or "0"),
        budget=_budget(_text(config, "budget")),
        models=_models(option.promptevo_model or []),
        provider=_provider(config),
        run=getattr(config, "workerinput", {}).get("testrunuid", ""),
    )


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _provider(config: pytest.Config) -> dict[str, Any]:
    def given(name: str) -> str:
        return str(config.getini(f"promptevo_{name}"))

    made: dict[str, Any] = {
        "ollama_hosts": tuple(given("ollama_hosts").replace(",", " ").split()),
        "ollama_keep_alive": _duration("promptevo_ollama_keep_alive", given("ollama_keep_alive")),
        "openai_base_url": given("openai_base_url"),
    }
    for name, argument, least in _ENGINE_NUMBERS:
        if text := given(name):
            made[argument] = _number(f"promptevo_{name}", text, least)
    if "concurrency" in made:
        made["concurrency"] = int(made["concurrency"])
    return made


def _duration(name: str, given: str) -> str:
    if given and not _DURATION.fullmatch(given):
        raise pytest.UsageError(f"{name}: {given!r} is no duration: write 10m, 300 or -1 (forever)")
    return given


def _text(config: pytest.Config, name: str) -> str:
    return str(getattr(config.option, f"promptevo_{name}") or config.getini(f"promptevo_{name}"))


def _number(name: str, given: str, least: float) -> float:
    try:
        number = float(given)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number >= least):
        raise pytest.UsageError(f"{name}: {given!r} is not a number from {least:g} on")
    return number


def _seed(given: str) -> int:
    if not (given.isascii() and given.isdigit()):
        raise pytest.UsageError(f"promptevo seed: {given!r} is not a whole number from 0 on")
    return int(given)


def _strategy(name: str) -> str:
    if name and name not in STRATEGY_NAMES:
        known = ", ".join(STRATEGY_NAMES)
        raise pytest.UsageError(f"promptevo strategy: unknown strategy {name!r}: use {known}")
    return name


_ENGINE_NUMBERS = (
    ("concurrency", "concurrency", 1),
    ("timeout", "timeout_s", 0.001),
    ("patience", "patience_s", 0),
)
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


def _budget(text: str) -> dict[str, float]:
    made: dict[str, float] = {}
    for part in text.replace(",", " ").split():
        match = re.fullmatch(r"(\d+(?:\.\d+)?)([a-z]*)", part.lower())
        if not match or match[2] not in _UNITS or float(match[1]) <= 0:
            raise pytest.UsageError(
                f"promptevo budget {part!r}: write calls (900), time (90s, 2m) or tokens (500ktok)"
            )
        name, factor = _UNITS[match[2]]
        made[name] = float(match[1]) * factor
    return made


def _models(given: list[str]) -> dict[str, str]:
    if not given:
        return {}
    from pytest_promptevo.errors import SettingsError
    from pytest_promptevo.providers import split_reference

    made: dict[str, str] = {}
    for text in given:
        role, equals, reference = text.partition("=")
        try:
            if not equals or not role:
                raise SettingsError("write ROLE=KIND:NAME, e.g. primary=ollama:llama3.1:8b")
            split_reference(reference)
        except SettingsError as bad:
            raise pytest.UsageError(f"--promptevo-model {text}: {bad}") from None
        made[role] = reference
    return made
