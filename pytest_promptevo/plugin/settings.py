"""What the run was asked to do: options, ini settings and the environment as `Settings`."""

from __future__ import annotations

import os
from typing import Any

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.project.settings import (
    LockMode,
    Settings,
    read_accept,
    read_audit,
    read_budget,
    read_candidates,
    read_duration,
    read_executor,
    read_max_examples,
    read_mode,
    read_models,
    read_number,
    read_repeats,
    read_seed,
    read_strategy,
)

SETTINGS = pytest.StashKey[Settings]()

_ENGINE_NUMBERS = (
    ("concurrency", "concurrency", 1),
    ("timeout", "timeout_s", 0.001),
    ("patience", "patience_s", 0),
)
"""Ini setting, argument of `ProviderOptions` and least value."""


def settings_of(config: pytest.Config) -> Settings:
    """Returns the run's settings, read once.

    Raises:
        pytest.UsageError: for a value that cannot be used.
    """
    if SETTINGS not in config.stash:
        try:
            config.stash[SETTINGS] = _read(config)
        except SettingsError as exc:
            raise pytest.UsageError(str(exc)) from None
    return config.stash[SETTINGS]


def _read(config: pytest.Config) -> Settings:
    option = config.option
    writes = bool(option.evolve or option.promptevo_update_lock)
    return Settings(
        evolve=option.evolve or "",
        update_lock=option.promptevo_update_lock,
        locked="" if writes else _locked(config),
        accept=read_accept(option.promptevo_accept or ""),
        record=read_mode(
            _text(config, "record") or ("none" if _in_ci() and not writes else "missing")
        ),
        max_examples=read_max_examples(option.promptevo_max_examples or ""),
        repeats=read_repeats(option.promptevo_repeats or ""),
        strategy=read_strategy(_text(config, "strategy")),
        seed=read_seed(_text(config, "seed") or "0"),
        budget=read_budget(_text(config, "budget")),
        models=read_models(option.promptevo_model or []),
        provider=_provider(config),
        run=getattr(config, "workerinput", {}).get("testrunuid", ""),
        audit=read_audit(option.promptevo_audit or ""),
        candidates=read_candidates(_text(config, "candidates")),
        executor=read_executor(_text(config, "executor")),
    )


def _locked(config: pytest.Config) -> LockMode:
    """Returns whether the lock is checked: as asked for, else in CI, unless it is turned off."""
    try:
        always = config.getini("promptevo_locked")  # None if it is not set
    except (ValueError, pytest.UsageError) as exc:
        raise SettingsError(f"promptevo_locked: {exc}: write true or false") from None
    if config.option.promptevo_locked or always:
        return "strict"
    return "stale" if _in_ci() and always is not False else ""


def _in_ci() -> bool:
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _provider(config: pytest.Config) -> dict[str, Any]:
    def given(name: str) -> str:
        return str(config.getini(f"promptevo_{name}"))

    arguments: dict[str, Any] = {
        "ollama_hosts": tuple(given("ollama_hosts").replace(",", " ").split()),
        "ollama_keep_alive": read_duration(
            "promptevo_ollama_keep_alive", given("ollama_keep_alive")
        ),
        "openai_base_url": given("openai_base_url"),
    }
    for name, argument, least in _ENGINE_NUMBERS:
        if text := given(name):
            arguments[argument] = read_number(f"promptevo_{name}", text, least)
    if "concurrency" in arguments:
        arguments["concurrency"] = int(arguments["concurrency"])
    return arguments


def _text(config: pytest.Config, name: str) -> str:
    return str(getattr(config.option, f"promptevo_{name}") or config.getini(f"promptevo_{name}"))
