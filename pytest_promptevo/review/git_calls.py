"""Calls of git, within bounds of time and of what they print."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from threading import Event, Timer
from typing import IO, TYPE_CHECKING, NoReturn

from pytest_promptevo.base.text import shorten
from pytest_promptevo.base.text_files import LARGEST_FILE
from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 60

_GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.warnAmbiguousRefs=true")
"""Git, without the program that a configuration lets it ask what changed, and with its complaint
about names of which it takes one of several meanings."""

_ALONE = {
    "GIT_NO_LAZY_FETCH": "1",  # a clone without all objects asks no server for them
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}

_CHUNK = 1 << 16


def start(
    asked: list[str], folder: Path, stdin: int, stderr: int | IO[bytes] = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Starts git, whose output is read from a pipe.

    Raises:
        SettingsError: if there is none.
    """
    with _told(asked):
        return subprocess.Popen(
            [*_GIT, *asked],
            cwd=folder,
            env={**os.environ, **_ALONE},
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
        )


def run(asked: list[str], folder: Path, *, may_fail: bool = False) -> bytes:
    """Returns what git prints.

    Args:
        asked: Its arguments.
        folder: Where it runs.
        may_fail: Whether a failure is no error, and nothing is returned.

    Raises:
        SettingsError: if it fails, or takes too long.
    """
    done = _done(asked, folder)
    if done.returncode and not may_fail:
        _refuse(asked, done.stderr)
    return b"" if done.returncode else done.stdout


def heard(asked: list[str], folder: Path) -> tuple[bytes, bytes]:
    """Returns what git prints, nothing if it fails, and what it complains of.

    Args:
        asked: Its arguments.
        folder: Where it runs.

    Raises:
        SettingsError: if it takes too long.
    """
    done = _done(asked, folder)
    return b"" if done.returncode else done.stdout, done.stderr


def _done(asked: list[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    with _told(asked):
        return subprocess.run(
            [*_GIT, *asked],
            cwd=folder,
            env={**os.environ, **_ALONE},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )


def rows(asked: list[str], folder: Path, most: int) -> Iterator[bytes]:
    """Yields what git prints between NUL bytes, while it prints it.

    Folders of a commit may hold one another many times, so that a few objects are any number of
    paths.

    Args:
        asked: Its arguments.
        folder: Where it runs.
        most: How many are read.

    Raises:
        SettingsError: if there are more, or more bytes than a file may have; as `run` does.
    """
    with tempfile.TemporaryFile() as told, start(asked, folder, subprocess.DEVNULL, told) as git:
        is_late = Event()

        def give_up() -> None:
            is_late.set()
            git.kill()

        timer = Timer(SECONDS, give_up)
        timer.start()
        try:
            yield from _split(git, most)
        except BaseException:
            git.kill()
            raise
        finally:
            timer.cancel()
        if git.wait():
            if is_late.is_set():
                raise _late(asked)
            told.seek(0)
            _refuse(asked, told.read(_CHUNK))


def _split(git: subprocess.Popen[bytes], most: int) -> Iterator[bytes]:
    rest, size, count = b"", 0, 0
    while git.stdout is not None and (chunk := git.stdout.read(_CHUNK)):
        *whole, rest = (rest + chunk).split(b"\0")
        size, count = size + len(chunk), count + len(whole)
        if count > most or size > LARGEST_FILE:
            raise SettingsError(
                f"more than {most:,} paths, or {LARGEST_FILE >> 20} MiB of them, are not read"
            )
        yield from whole


@contextmanager
def _told(asked: list[str]) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise SettingsError("there is no git on this machine") from None
    except subprocess.TimeoutExpired:
        raise _late(asked) from None
    except (OSError, subprocess.SubprocessError) as exc:
        raise SettingsError(f"git {asked[0]} failed: {exc}") from None


def _late(asked: list[str]) -> SettingsError:
    return SettingsError(f"git {asked[0]} was given up after {SECONDS} seconds")


def _refuse(asked: list[str], said: bytes) -> NoReturn:
    why = said.decode("utf-8", "replace").strip().removeprefix("fatal: ")
    raise SettingsError(f"git {asked[0]}: {shorten(why, 500)}")
