"""Digests of the user's own modules, whose paths start from the folder that pytest ran in.

That folder (pytest's rootdir) depends on where pytest is called and on which settings it finds:
the same files may be ``conftest.py`` to one run and ``prompts/conftest.py`` to another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def as_seen_now(locked: Mapping[str, str], now: Mapping[str, str]) -> Mapping[str, str]:
    """Returns locked digests by the paths that their files have now.

    Of all folders that may have been the other run's the one counts by which most files are the
    same; without one that is better than none, paths stay.

    Args:
        locked: Path to digest, as the lock has them.
        now: Path to digest, as this run has them.
    """
    best = locked
    for moved in _moved(locked, now):
        if _same(moved, now) > _same(best, now):
            best = moved
    return best


def other_code(locked: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Returns the files that are others now, new or gone, sorted."""
    then = as_seen_now(locked, now)
    return sorted(path for path in {*now, *then} if now.get(path) != then.get(path))


def _moved(locked: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """Yields the locked digests as if the other run's folder had been one below, or above."""
    for folder in {_folder(path, name) for name in locked for path in now} - {""}:
        yield {folder + name: digest for name, digest in locked.items()}
    for folder in {_folder(name, path) for name in locked for path in now} - {""}:
        if all(name.startswith(folder) for name in locked):
            yield {name.removeprefix(folder): digest for name, digest in locked.items()}


def _folder(path: str, end: str) -> str:
    """Returns the folder, with its slash, in which a path ends so; empty if there is none."""
    return path.removesuffix(end) if path.endswith(f"/{end}") else ""


def _same(locked: Mapping[str, str], now: Mapping[str, str]) -> int:
    return sum(now.get(path) == digest for path, digest in locked.items())
