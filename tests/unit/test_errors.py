from __future__ import annotations

from pathlib import Path

import pytest

from pytest_promptevo import errors
from pytest_promptevo.errors import InputError, PromptEvoError, did_you_mean


def test_a_file_below_the_working_directory_is_shown_relative(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bad = InputError("broken", path=tmp_path / "a" / "s.yaml", line=3, hint="mend it")
    assert str(bad) == f"{Path('a/s.yaml')}:3: broken\n  hint: mend it"


def test_a_file_elsewhere_is_shown_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    path = tmp_path / "there.yaml"
    assert str(InputError("broken", path=path)) == f"{path}: broken"


def test_an_error_without_a_file_is_its_message() -> None:
    assert str(InputError("broken")) == "broken"


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("treshold", ["threshold", "golden"], "did you mean 'threshold'?"),
        ("zzz", ["b", "a"], "known: a, b"),
        ("zzz", [], ""),
    ],
)
def test_the_nearest_name_is_suggested(name: str, known: list[str], said: str) -> None:
    assert did_you_mean(name, known) == said


def test_the_tree_in_the_docstring_names_every_error() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    named = [each.__name__ for each in classes if issubclass(each, PromptEvoError)]
    assert len(named) > 5
    assert all(name in (errors.__doc__ or "") for name in named)
