"""Engines that answer requests: one module each, chosen by a model reference."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from pytest_promptevo.errors import SettingsError, did_you_mean
from pytest_promptevo.providers.base import Provider, ProviderOptions
from pytest_promptevo.providers.embedded.catalog import lookup

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "KINDS",
    "Kind",
    "Provider",
    "ProviderOptions",
    "check_reference",
    "connect",
    "kind_of",
    "split_reference",
]


@dataclass(frozen=True)
class Kind:
    """What holds for all models of one kind.

    Attributes:
        module: The module of this package that has the engine.
        needs_server: Whether a server alone can tell a model's digest, so that a replay,
            which asks none, cannot know it.
        identity: What the digest is taken of, for messages.
        repeats: Whether the same digest means the same answer at temperature 0.
        rounds: Whether that holds up to rounding alone: where two tokens are as good as equal,
            the processor and what is cached of the prompt decide.
        constrains: Whether every model of it can be held to a JSON Schema.
    """

    module: str
    needs_server: bool = False
    identity: str = "weights"
    repeats: bool = True
    rounds: bool = False
    constrains: bool = False


KINDS = {
    "embedded": Kind("embedded.provider", rounds=True, constrains=True),
    "gguf": Kind("embedded.provider", rounds=True, constrains=True),
    "ollama": Kind("ollama.provider", needs_server=True, rounds=True, constrains=True),
    "openai": Kind("openai.provider", needs_server=True, repeats=False),
    "scripted": Kind("scripted", identity="function"),
}
"""The part of a reference before the colon, and what it stands for."""


def split_reference(reference: str) -> tuple[str, str]:
    """Splits ``kind:name``.

    Raises:
        SettingsError: if the kind is unknown or the name is empty.
    """
    kind, colon, name = reference.partition(":")
    if not colon or not name.strip():
        raise SettingsError(
            f"model reference {reference!r} must look like kind:name, such as "
            f"openai:gpt-4o (kinds: {', '.join(KINDS)})"
        )
    if kind not in KINDS:
        raise SettingsError(f"unknown kind of model {kind!r}: {did_you_mean(kind, KINDS)}")
    return kind, name


def check_reference(reference: str) -> None:
    """Checks what can be known of a reference without asking anything.

    Raises:
        SettingsError: if it cannot be understood, or names an embedded model that there is not.
    """
    kind, name = split_reference(reference)
    if kind == "embedded":
        lookup(name)


def kind_of(reference: str) -> Kind:
    """Returns what holds for the kind of a model.

    Raises:
        SettingsError: if the reference cannot be understood.
    """
    return KINDS[split_reference(reference)[0]]


def connect(reference: str, options: ProviderOptions | None = None) -> Provider:
    """Returns the engine for a model reference; nothing is loaded or asked yet.

    Raises:
        SettingsError: if the reference cannot be understood.
    """
    module = import_module(f"pytest_promptevo.providers.{kind_of(reference).module}")
    make: Callable[[str, ProviderOptions], Provider] = module.connect
    try:
        return make(reference, options or ProviderOptions())
    except SettingsError as exc:
        # Frames hold what the environment says, and reports may show their variables.
        error = exc.with_traceback(None)
        error.__cause__ = error.__context__ = None
    raise error
