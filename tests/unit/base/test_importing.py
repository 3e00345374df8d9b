from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.base.importing import imported
from pytest_promptevo.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])


def told(target: str, root: Path, **more: str) -> str:
    with pytest.raises(SettingsError) as caught:
        imported(target, root, **more)
    return str(caught.value)


def test_a_function_of_a_file_in_the_root(tmp_path: Path) -> None:
    (tmp_path / "import_me.py").write_text("def two():\n    return 2\n")
    assert imported("import_me:two", tmp_path)() == 2


@pytest.mark.parametrize("target", ["", "math", "math:", ":sqrt"])
def test_a_target_without_module_or_function(target: str, tmp_path: Path) -> None:
    assert told(target, tmp_path) == f"cannot import {target!r}: it must be written module:function"


@pytest.mark.parametrize(
    ("file", "target"),
    [("os.py", "os:system"), ("os.py", "os.path:exists"), ("json/x", "json:dumps")],
)
def test_a_file_named_like_a_module_of_python_lends_its_name_to_nothing(
    file: str, target: str, tmp_path: Path
) -> None:
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("")
    assert "has been imported before the project's: give that another name" in told(
        target, tmp_path
    )


def test_what_is_not_there(tmp_path: Path) -> None:
    assert told("yaml:nope", tmp_path) == "cannot import 'yaml:nope': yaml has no function 'nope'"
    assert told("numpy:pi", tmp_path) == "cannot import 'numpy:pi': 'pi' is not a function"
    assert told("no_such_module:f", tmp_path, shown="python:no_such_module:f") == (
        "cannot import 'python:no_such_module:f': "
        "ModuleNotFoundError: No module named 'no_such_module' "
        f"(modules are imported from the rootdir, {tmp_path}: none is there)"
    )


def test_a_module_that_fails_is_told_with_the_line_that_raised(tmp_path: Path) -> None:
    (tmp_path / "inner_fails.py").write_text("import json\njson.loads('{')\n")
    (tmp_path / "outer_fails.py").write_text("\n\nimport inner_fails\n")
    message = told("outer_fails:f", tmp_path)
    assert "JSONDecodeError" in message
    assert message.endswith("(inner_fails.py:2)")


def test_a_module_with_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "no_python.py").write_text("x = 1\ndef f(:\n")
    message = told("no_python:f", tmp_path)
    assert "SyntaxError" in message
    assert "no_python.py, line 2" in message


def test_a_module_that_lacks_another_one_names_that_one(tmp_path: Path) -> None:
    (tmp_path / "needs_more.py").write_text("import no_such_package\n")
    message = told("needs_more:f", tmp_path)
    assert "No module named 'no_such_package' (needs_more.py:1)" in message
