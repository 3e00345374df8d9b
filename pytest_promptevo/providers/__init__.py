"""Engines that answer requests: one module each, chosen by a model reference."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError, did_you_mean
from pytest_promptevo.providers.base import Provider, ProviderOptions

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["KINDS", "Provider", "ProviderOptions", "connect", "split_reference"]

KINDS = {
    "embedded": "embedded",
    "gguf": "embedded",
    "ollama": "ollama",
    "openai": "openai_compatible",
    "scripted": "scripted",
}
"""Kind of a reference to the module (in this package) that serves it."""


def split_reference(reference: str) -> tuple[str, str]:
    """Splits ``kind:name``.

    Raises:
        SettingsError: if the kind is unknown or the name is empty.
    """
    kind, colon, name = reference.partition(":")
    if not colon or not name.strip():
        raise SettingsError(f"model reference {reference!r} must look like kind:name")
    if kind not in KINDS:
        raise SettingsError(f"unknown kind of model {kind!r}: {did_you_mean(kind, KINDS)}")
    return kind, name


def connect(reference: str, options: ProviderOptions | None = None) -> Provider:
    """Returns the engine for a model reference; nothing is loaded or asked yet.

    Raises:
        SettingsError: if the reference cannot be understood.
    """
    kind, _ = split_reference(reference)
    module = import_module(f"pytest_promptevo.providers.{KINDS[kind]}")
    make: Callable[[str, ProviderOptions], Provider] = module.connect
    return make(reference, options or ProviderOptions())
