from __future__ import annotations

import sys
from collections import UserDict
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.scorers.installed import installed_scorers, merged
from pytest_promptevo.scorers.text import contains, exact_match

if TYPE_CHECKING:
    from pathlib import Path

PLUGIN = """
from pytest_promptevo.scorers.hookspecs import hookimpl

def starts_with(*, letter="A"):
    return lambda output, example: output.text.startswith(letter)

@hookimpl
def promptevo_scorers():
    return {"starts_with": starts_with}
"""


class Broken(UserDict[str, Any]):
    def keys(self) -> Any:
        raise SystemExit(3)


def test_offers_are_merged() -> None:
    offers = [{"a": exact_match}, None, {}, {"b": contains}]
    assert merged(offers) == {"a": exact_match, "b": contains}


@pytest.mark.parametrize(
    ("offers", "said"),
    [
        ([{"a": exact_match}, {"a": contains}], "two plugins offer a scorer named 'a'"),
        ([{7: len}], "a scorer is named by a text, not by 7"),
        ([Broken()], "what a scorer hook returned cannot be read: SystemExit: 3"),
        ([["a"]], r"a scorer hook must return a mapping, not \['a'\]"),
        ([{"a": 7}], "scorer 'a' is not a function that makes a scorer"),
    ],
)
def test_a_wrong_offer_is_refused(offers: Any, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        merged(offers)


def test_scorers_of_installed_packages_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "promptevo_demo-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: promptevo-demo\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[promptevo]\ndemo = promptevo_demo_plugin\n")
    (tmp_path / "promptevo_demo_plugin.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    assert "starts_with" in installed_scorers().scorers
    sys.modules.pop("promptevo_demo_plugin")


def test_without_such_packages_there_are_none() -> None:
    assert "starts_with" not in installed_scorers().scorers


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import no_such_library", "ModuleNotFoundError: No module named 'no_such_library'"),
        (PLUGIN.replace("return {", "return 7, {"), "a scorer hook must return a mapping, not "),
        (PLUGIN.replace("return {", "return no['x'], {"), "NameError: name 'no' is not defined"),
    ],
)
def test_a_broken_package_is_told_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    for name, source in (("broken", text), ("whole", PLUGIN)):
        info = tmp_path / f"promptevo_{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: the-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[promptevo]\nx = promptevo_{name}_plugin\n")
        (tmp_path / f"promptevo_{name}_plugin.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    installed = installed_scorers()
    assert "starts_with" in installed.scorers
    (lost,) = installed.lost
    where = "the scorers of the-broken cannot be had (entry point x = promptevo_broken_plugin): "
    assert lost.startswith(where + told)
    for name in ("broken", "whole"):
        sys.modules.pop(f"promptevo_{name}_plugin", None)
