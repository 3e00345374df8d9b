"""A catalogue with a small wheel in a folder, and a process that fetches it."""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from typing import TYPE_CHECKING, Any

from pytest_promptevo.providers.embedded import catalog as model_catalog
from pytest_promptevo.providers.embedded import fetch as model_fetch
from pytest_promptevo.providers.embedded import files as model_files
from pytest_promptevo.providers.embedded.catalog import ModelFile

if TYPE_CHECKING:
    from multiprocessing.synchronize import Barrier
    from pathlib import Path

MEMBER = "demo_model/demo.gguf"
GGUF = b"GGUF" + bytes(range(256)) * 40


def write_wheel(folder: Path) -> ModelFile:
    """Writes a wheel that holds the model and returns the catalogue's entry for it."""
    info = "demo_model-1.0.dist-info"
    files = {
        MEMBER: GGUF,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: demo-model\nVersion: 1.0\n"
        b"Requires-Dist: no-such-package-needs-a-compiler\n",
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = [f"{name},sha256={_record_hash(raw)},{len(raw)}" for name, raw in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*rows, f"{info}/RECORD,,", ""]).encode()
    folder.mkdir(exist_ok=True)
    path = folder / "demo_model-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, raw in files.items():
            wheel.writestr(name, raw)
    return ModelFile(
        requirement="demo-model==1.0",
        wheel_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        wheel_bytes=path.stat().st_size,
        member=MEMBER,
        sha256=hashlib.sha256(GGUF).hexdigest(),
        size=len(GGUF),
        licence="MIT",
    )


def _record_hash(raw: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()


def ensure_together(
    model: ModelFile, environment: dict[str, str], results: Path, together: Barrier, index: int
) -> None:
    os.environ.update(environment)
    model_catalog.CATALOG["demo"] = model
    run: Any = model_fetch._run

    def counted(*args: Any) -> None:
        (results / f"fetched-{index}").touch()
        run(*args)

    model_fetch._run = counted
    together.wait(60)
    (results / f"path-{index}").write_text(str(model_files.ensure("demo")))
