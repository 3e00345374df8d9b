from __future__ import annotations

import functools
import importlib
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.base import import_statements
from pytest_promptevo.base.import_statements import imports_in
from pytest_promptevo.base.source_files import code_digests, files_of, module_files

if TYPE_CHECKING:
    from pathlib import Path


DEEP = ["pack/deep/__init__.py", "pack/deep/leaf.py"]
PACK_LEAF = ["pack/__init__.py", "pack/leaf.py"]
IF_TYPED = "if typing.TYPE_CHECKING"


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def covered(root: Path, name: str = "start.py") -> list[str]:
    return list(code_digests([root / name], root))


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("import helper", ["helper.py"]),
        ("import pack.deep.leaf", ["pack/__init__.py", *DEEP]),
        ("from pack import leaf", ["pack/__init__.py", "pack/leaf.py"]),
        ("from pack import value", ["pack/__init__.py"]),
        ("from pack.leaf import *", ["pack/__init__.py", "pack/leaf.py"]),
        ("def f():\n    import helper", ["helper.py"]),
        ("try:\n    import nowhere\nexcept ImportError:\n    import helper", ["helper.py"]),
        ("import importlib\nimportlib.import_module('pack.leaf')", PACK_LEAF),
        ("from loose import part", ["loose/part.py"]),
        ("import loose.part", ["loose/part.py"]),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import helper", []),
        (f"import typing\n{IF_TYPED}:\n    import pack\nelse:\n    import helper", ["helper.py"]),
        ("import json, os.path, numpy, pytest_promptevo.scorers", []),
        ("name = 'helper'\n__import__(name)", []),
        ("from ... import helper", []),
        ("import importlib\nimportlib.import_module('../helper')", []),
    ],
)  # fmt: skip
def test_what_a_file_imports_counts(tmp_path: Path, text: str, files: list[str]) -> None:
    write(
        tmp_path,
        {
            "start.py": text,
            "helper.py": "",
            "pack/__init__.py": "value = 1",
            "pack/leaf.py": "",
            "pack/deep/__init__.py": "",
            "pack/deep/leaf.py": "",
            "loose/part.py": "",
            "pytest_promptevo/scorers.py": "",
        },
    )
    assert covered(tmp_path) == sorted(["start.py", *files])


def test_imports_are_followed_through_relative_ones_and_circles(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/scoring/__init__.py": "from .. import limits",
            "app/scoring/start.py": "from .near import x\nfrom ..tools.words import y",
            "app/scoring/near.py": "from . import start",
            "app/tools/__init__.py": "",
            "app/tools/words.py": "import app.scoring.near",
            "app/limits.py": "",
            "app/other.py": "",
        },
    )
    assert covered(tmp_path, "app/scoring/start.py") == [
        "app/__init__.py",
        "app/limits.py",
        "app/scoring/__init__.py",
        "app/scoring/near.py",
        "app/scoring/start.py",
        "app/tools/__init__.py",
        "app/tools/words.py",
    ]


def test_what_is_installed_or_outside_does_not_count(tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    root = tmp_path / "project"
    write(
        tmp_path,
        {
            "project/start.py": "import a, b, c, d",
            "project/venv/pyvenv.cfg": "",
            "project/venv/lib/a.py": "",
            "project/site-packages/b.py": "",
            "project/src/d.py": "",
            "outside/c.py": "",
        },
    )
    (root / "link.py").symlink_to(tmp_path / "outside" / "c.py")
    folders = ("project/venv/lib", "project/site-packages", "outside", "project/src")
    monkeypatch.setattr(sys, "path", [str(tmp_path / folder) for folder in folders])
    assert covered(root) == ["src/d.py", "start.py"]
    assert code_digests([root / "link.py"], root) == {}


def test_the_digest_follows_the_content_and_not_the_ends_of_lines(tmp_path: Path) -> None:
    file = tmp_path / "start.py"
    digests = []
    for content in (b"x = 1\n", b"x = 1\r\n", b"x = 2\n"):
        file.write_bytes(content)
        digests.append(code_digests([file], tmp_path)["start.py"])
    assert digests[0] == digests[1] != digests[2]
    assert digests[0].startswith("sha256:")


@pytest.mark.parametrize("content", [b"def (", b"x = '\0'", b"\xff\xfe", b"# coding: nonsense\n"])
def test_a_file_that_is_no_python_counts_by_its_bytes(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "start.py").write_text("import broken")
    (tmp_path / "broken.py").write_bytes(content)
    before = code_digests([tmp_path / "start.py"], tmp_path)
    (tmp_path / "broken.py").write_bytes(content + b"#")
    assert before["broken.py"] != code_digests([tmp_path / "start.py"], tmp_path)["broken.py"]


def test_a_file_is_parsed_once_however_often_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"start.py": "import once_only", "once_only.py": "x = 'parsed once'"})
    covered(tmp_path)
    monkeypatch.setattr(import_statements.ast, "parse", None)
    assert covered(tmp_path) == ["once_only.py", "start.py"]


def test_odd_escapes_are_nobodys_warning() -> None:
    assert imports_in(rb"x = '\d'; import re")[0].module == "re"


def test_the_files_of_a_module_are_its_own_and_its_packages(tmp_path: Path) -> None:
    write(tmp_path, {"pack/__init__.py": "", "pack/leaf.py": ""})
    assert module_files("pack.leaf", tmp_path) == [
        tmp_path.resolve() / "pack/__init__.py",
        tmp_path.resolve() / "pack/leaf.py",
    ]
    assert module_files("json", tmp_path) == []


class Callable:
    def __init__(self, held: object = None) -> None:
        self.held = held

    def __call__(self) -> None:
        """Does nothing."""

    def method(self) -> None:
        """Does nothing."""


def test_the_file_of_a_function_is_known_through_what_wraps_it(request) -> None:  # type: ignore[no-untyped-def]
    root, here = request.path.parent, [request.path.resolve()]
    partial = functools.partial(covered, root)
    for each in (covered, partial, Callable(), Callable().method, Callable, lambda: None):
        assert files_of(each, root) == here
    assert files_of(sys.modules[__name__], root) == here
    for each in (len, print, write.__get__(1).__class__, 7, None, sys):
        assert files_of(each, root) == []
    assert files_of(covered, root / "deeper") == []


OTHER = """
import functools

def around(*inner):
    return lambda: inner

def wrapping(inner):
    return functools.wraps(inner)(lambda: inner())
"""


def test_the_files_of_all_layers_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"layers_other.py": OTHER, "layers_inner.py": "def inner(): pass\n"})
    monkeypatch.syspath_prepend(tmp_path)
    other, inner = (importlib.import_module(f"layers_{name}") for name in ("other", "inner"))
    both = {tmp_path.resolve() / f"layers_{name}.py" for name in ("other", "inner")}
    for each in (
        other.around(inner.inner),
        other.wrapping(inner.inner),
        functools.lru_cache(other.wrapping(inner.inner)),
        functools.partial(other.around, inner.inner),
        functools.partial(other.around, inner={"deep": [inner.inner]}),
        Callable((other.around, inner.inner)),
        [other, inner],
    ):
        assert {*files_of(each, tmp_path)} == both
    around: list[object] = [other.around]
    around.append(around)
    assert files_of(around, tmp_path) == [tmp_path.resolve() / "layers_other.py"]
