from __future__ import annotations

from pathlib import Path

import pytest

from pytest_promptevo import errors
from pytest_promptevo.errors import InputError, PromptEvoError, did_you_mean, printable

FIFTY = [f"n{number:03}" for number in range(50)]


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
        ("zzz", [f"n{number:03}" for number in range(900)], f"known: {', '.join(FIFTY)} ..."),
        ("x" * 10_000, ["x" * 9_999, "a"], f"known: a, {'x' * 200}"),
    ],
)
def test_the_nearest_name_is_suggested(name: str, known: list[str], said: str) -> None:
    assert did_you_mean(name, known) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x07\x9b31m\x7f\0", r"\x1b[2J\x07\x9b31m\x7f\x00"),
        ("a\u202eb\u2066c\u200b\ufeff", r"a\u202eb\u2066c\u200b\ufeff"),
        ("over\rwritten", r"over\rwritten"),
        ("a\x85b\u2028c\u2029d\x0be\x0cf", r"a\x85b\u2028c\u2029d\x0be\x0cf"),
        ("half \ud83d", r"half \ud83d"),
        ("\u00a0\u3000::error::x", "\u00a0\u3000\\x3a:error::x"),
        ("::error file=x::y\n \t::set-env", "\\x3a:error file=x::y\n \t\\x3a:set-env"),
        ("a ##[error]b", r"a #\x23[error]b"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert printable(shown) == shown
    assert str(PromptEvoError(text)) == shown
    assert str(InputError("broken", hint=text)).endswith(f"hint: {printable(f'x{text}')[1:]}")


@pytest.mark.parametrize(
    "text",
    [
        "two\nlines\tand a tab",
        "no-break\xa0space, n\u0303, \u00e9\U0001f600, \u0939\u093f\u0928\u094d\u0926\u0940",
        "\u0645\u06cc\u200c\u0631\u0648\u0645, \U0001f468\u200d\U0001f469\u200d\U0001f467",
        "order.promptevo.yaml::order[o-1]",
        "# ## [x]",
    ],
)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_the_tree_in_the_docstring_names_every_error() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type)]
    named = [each.__name__ for each in classes if issubclass(each, PromptEvoError)]
    assert len(named) > 5
    assert all(name in (errors.__doc__ or "") for name in named)


def test_an_error_is_bounded_whatever_names_and_values_it_tells():
    error = InputError("x" * 1_000_000, path=Path("y" * 100_000), hint="z" * 1_000_000)
    assert len(str(error)) < 50_000
    assert len(str(PromptEvoError("x" * 1_000_000))) < 50_000


def test_a_line_break_in_a_path_forges_no_line():
    told = str(InputError("wrong", path=Path("a\n  hint: run this"), line=1))
    assert told.splitlines() == ["a\\n  hint: run this:1: wrong"]
