"""Options, ini settings and the environment: read here, handed down as `Settings`."""

from __future__ import annotations

import argparse
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


_INI = (
    ("promptevo_record", "record mode: none, missing or all (default: none if CI is set)"),
    ("promptevo_strategy", "search strategy of --evolve: racing (default), classic or greedy"),
    ("promptevo_budget", "most that --evolve spends per suite: calls (900), time (2m) ..."),
    ("promptevo_seed", "seed of --evolve"),
    ("promptevo_ollama_hosts", "addresses of Ollama servers, separated by spaces"),
    ("promptevo_openai_base_url", "address of an OpenAI-compatible server"),
    ("promptevo_ollama_keep_alive", "how long Ollama keeps a model in memory: 10m, -1 (forever)"),
    ("promptevo_concurrency", "calls in flight per model (default: what the engine serves)"),
    ("promptevo_timeout", "seconds after which a call counts as failed (default: 120)"),
    ("promptevo_patience", "seconds to wait for a server that is gone (default: 60)"),
)


def add_options(parser: pytest.Parser) -> None:
    """Adds the options (in the order in which ``--help`` shows them) and ini settings."""
    group = parser.getgroup("promptevo", "prompt regression tests and evolution (promptevo)")
    group.addoption(
        "--evolve",
        nargs="?",
        const="failing",
        type=_evolve_mode,
        metavar="failing|all",
        help="before the tests, search a better genome for each suite that fails its gate "
        "(--evolve=all: for every suite) and write the winners to promptevo.lock",
    )
    group.addoption(
        "--promptevo-strategy",
        metavar="NAME",
        help="search strategy: racing (default), classic (a population), greedy (one change each)",
    )
    group.addoption(
        "--promptevo-budget",
        metavar="LIMIT",
        help="most that the search spends per suite: 900 (calls), 2m or 90s (time), 500ktok",
    )
    group.addoption("--promptevo-seed", metavar="N", help="seed of the search (default 0)")
    group.addoption(
        "--promptevo-record",
        metavar="MODE",
        help="none: replay only (default if CI is set, but for --evolve and "
        "--promptevo-update-lock); missing: ask the model for what is not recorded (default); "
        "all: ask for everything again",
    )
    group.addoption(
        "--promptevo-model",
        action="append",
        metavar="ROLE=MODEL",
        help="serve a role by another model, e.g. primary=ollama:llama3.1:8b (repeatable)",
    )
    group.addoption(
        "--promptevo-locked",
        action="store_true",
        help="fail if promptevo.lock does not match suites, golden examples and models",
    )
    group.addoption(
        "--promptevo-update-lock",
        action="store_true",
        help="accept the present genomes and their figures into promptevo.lock",
    )
    for name, text in _INI:
        parser.addini(name, text, default="")
    parser.addini(
        "promptevo_locked", "always check the lock, as --promptevo-locked does", "bool", False
    )


def _evolve_mode(given: str) -> str:
    if given in ("failing", "all"):
        return given
    raise argparse.ArgumentTypeError(
        f"{given!r} is neither 'failing' nor 'all' "
        "(to evolve and name a path, write the path first: pytest PATH --evolve)"
    )


def check_options(config: pytest.Config) -> None:
    """Rejects options that do not go together.

    Raises:
        pytest.UsageError: with what to do instead.
    """
    option = config.option
    read_settings(config)
    if not (option.evolve or option.promptevo_update_lock):
        return
    asked = "--evolve" if option.evolve else "--promptevo-update-lock"
    if getattr(option, "numprocesses", None) or getattr(option, "tx", None):
        raise pytest.UsageError(
            f"{asked} cannot run under pytest-xdist: it has its own concurrency; leave -n out"
        )
    if option.evolve and option.promptevo_update_lock:
        raise pytest.UsageError(
            "--evolve writes the lock itself: leave --promptevo-update-lock out"
        )
    if option.promptevo_locked:
        raise pytest.UsageError(f"{asked} rewrites the lock: leave --promptevo-locked out")


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
        strategy=_strategy(
            _text(config, "strategy"), check=bool(option.evolve or option.promptevo_strategy)
        ),
        seed=_seed(_text(config, "seed") or "0"),
        budget=_budget(_text(config, "budget")),
        models=_models(option.promptevo_model or []),
        provider=_provider(config),
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


def _strategy(name: str, *, check: bool) -> str:
    """Returns the strategy; the check imports the search, so only a run that searches makes it."""
    if not (name and check):
        return name
    from pytest_promptevo.evolve import STRATEGIES

    if name not in STRATEGIES:
        raise pytest.UsageError(f"unknown strategy {name!r}: use one of {', '.join(STRATEGIES)}")
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
