"""The genes ``layout`` and ``form`` in a suite file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SuiteError
from pytest_promptevo.genome import Choice
from unit.support import make_suite

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.suite import Suite

LABELS = {"format": "label", "labels": ["11", "22"]}


def suite(folder: Path, search: dict[str, Any], **parts: Any) -> Suite:
    return make_suite(folder, prompt="Name the number.\n{{message}}", search=search, **parts)


def test_both_genes_ship_what_the_prompt_is_without_them(tmp_path: Path) -> None:
    made = suite(tmp_path, {"layout": ["plain", "last", "system", "cue"], "form": ["none", "only"]})
    assert dict(made.shipped) == {"model": "primary", "layout": "plain", "form": "none"}
    assert made.space is not None
    assert made.space["layout"] == Choice(["plain", "last", "system", "cue"])


def test_a_shipped_layout_needs_no_search(tmp_path: Path) -> None:
    made = make_suite(
        tmp_path, prompt="Name the number.\n{{message}}", genome={"layout": "last", "form": "only"}
    )
    (turn,) = made.prompt.request(made.shipped, {"message": "order 11"}).messages
    assert turn.content == ("order 11\nName the number.\nReply with the answer and nothing else.")


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"layout": ["plain", "lst"]}, r"layout 'lst'\n.*'last'"),
        ({"form": ["none", 3]}, "form must be one of none, labels, only, not 3"),
        ({"layout": {"low": 0, "high": 1}, "form": ["none"]}, "must be a list of plain, last"),
        ({"form": ["none", "labels"]}, "form 'labels' changes nothing: .*labels: "),
        ({"layout": ["last", "system"]}, "shipped value of 'layout'"),
    ],
)
def test_what_means_nothing_is_refused(tmp_path: Path, search: dict[str, Any], said: str) -> None:
    genome = {"layout": 0} if isinstance(search.get("layout"), dict) else {}
    with pytest.raises(SuiteError, match=said):
        suite(tmp_path, search, genome=genome)


def test_labels_need_labels(tmp_path: Path) -> None:
    made = suite(tmp_path, {"form": ["none", "labels"]}, output=LABELS, scorers=["label"])
    request = made.prompt.request(made.shipped.with_(form="labels"), {"message": "order 11"})
    assert request.messages[-1].content.startswith(
        "Name the number.\nThe answer is one of: 11, 22.\n"
    )


@pytest.mark.parametrize(
    ("prompt", "value", "said"),
    [
        ("{{message}}", "last", "no line of instruction before"),
        ("{{message}}", "system", "no line without an input"),
        ("Name it.\n{{message}}\nNumber:", "cue", "ends in a cue line already"),
    ],
)
def test_a_layout_that_moves_nothing_is_refused(
    tmp_path: Path, prompt: str, value: str, said: str
) -> None:
    with pytest.raises(SuiteError, match=said) as caught:
        make_suite(tmp_path, prompt=prompt, search={"layout": ["plain", value]})
    assert "leave it out" in str(caught.value)


def test_a_target_may_have_genes_of_these_names(tmp_path: Path) -> None:
    (tmp_path / "app_of_layout.py").write_text("def reply(inputs, genome, ask): ...\n")
    made = make_suite(
        tmp_path,
        prompt=None,
        target="app_of_layout:reply",
        genome={"layout": "wide"},
        search={"layout": ["wide", "narrow"]},
    )
    assert made.shipped["layout"] == "wide"
