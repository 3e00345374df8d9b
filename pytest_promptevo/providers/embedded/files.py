"""Model files that the embedded engine fetches once and keeps in the user's cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from pytest_promptevo.errors import ModelUnavailable
from pytest_promptevo.providers.embedded.catalog import ModelFile, cached_path, lookup
from pytest_promptevo.providers.embedded.fetch import fetch

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LONGEST_FETCH_S = 1800.0


def ensure(name: str, notify: Callable[[str], None] = lambda _line: None) -> Path:
    """Returns the path of a model's file, fetching it on first use.

    Several processes may call this at once: one fetches, the others wait.

    Args:
        name: Name in the catalogue.
        notify: Takes lines of progress.

    Raises:
        SettingsError: if the model is unknown.
        ModelUnavailable: if it can neither be found nor fetched.
    """
    model = lookup(name)
    path = cached_path(name)
    if _is_whole(path, model):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The system releases this lock even if the process is killed.
        with FileLock(path.with_suffix(".lock"), timeout=_LONGEST_FETCH_S):
            if not _is_whole(path, model):
                fetch(name, model, path, notify)
    except (OSError, Timeout) as exc:
        raise ModelUnavailable(
            f"cannot keep {name} in {path.parent}: {exc}\n"
            "  hint: set PROMPTEVO_CACHE to a folder that can be written"
        ) from None
    return path


def _is_whole(path: Path, model: ModelFile) -> bool:
    return path.is_file() and path.stat().st_size == model.size
