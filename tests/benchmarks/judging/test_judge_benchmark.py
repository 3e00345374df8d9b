"""The benchmark on eight pairs, with a model whose verdicts are known."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from .__main__ import main
from .pairs import pairs

if TYPE_CHECKING:
    from pathlib import Path

FAKE = r"""
import re


def answer(request):
    asked = request.messages[-1].content
    if request.messages[0].role != "system":
        return "bank topic one"
    given, said = (re.search(rf"{part}-\w+:\n(.*)\n", asked) for part in ("input", "answer"))
    if "voice" in said[1] and "expected-" not in asked:
        return "yes"
    return "yes" if said[1].split()[-1] in given[1] else "no"
"""
"""A judge that knows a bank's topics, and passes all others unless it is told what is expected."""


@pytest.fixture(autouse=True)
def _data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two data sets of the real ones' form, whose messages name their topics."""
    numbers = ["one", "two", "three", "four", "five"]
    bank = [(f"a question about {each}", f"Bank_topic_{each}?") for each in numbers]
    voice = [(f"a wish for {each}", f"voice_topic_{each}") for each in numbers]
    for name in ("banking77", "clinc150"):
        (tmp_path / name).mkdir()
    with (tmp_path / "banking77" / "test.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "category"), *bank])
    (tmp_path / "clinc150" / "data_full.json").write_text(json.dumps({"test": voice}), "utf-8")
    monkeypatch.setenv("PROMPTEVO_BENCH_DATA", str(tmp_path))


def test_agreement_and_costs_are_those_of_the_verdicts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "fake.py").write_text(FAKE, "utf-8")
    main(["--model", "scripted:fake:answer", "--pairs", "8", "--folder", str(folder)])
    said = capsys.readouterr().out
    assert (
        "\nalone: scorer judge agrees with people on 6 of 8 answers: 0.750 [0.409, 0.929], "
        "kappa 0.50; it passes 2 that people fail, and fails 0 that people pass\n"
    ) in said
    assert "\ntold: scorer judge agrees with people on 8 of 8 answers: 1.000 [" in said
    assert "the same lines: 2 of 2" in said
    rows = [line.strip("| ").split(" | ") for line in said.splitlines() if line.startswith("| ")]
    cells = {row[0]: row for row in rows[2:]}
    assert len({row[2] for row in cells.values()}) == 1
    assert [int(row[4]) for row in cells.values()] == [8, 8, 8]
    assert cells["without"][5] == "0"
    assert all(int(cells[name][5]) >= 8 for name in ("alone", "told"))
    assert all(int(cells[name][6]) > float(cells[name][2]) for name in ("alone", "told"))
    for row in cells.values():
        assert float(row[3]) == pytest.approx(float(row[1]) - float(row[2]) / 1000, abs=0.002)


def test_half_of_the_pairs_are_right_by_their_label() -> None:
    drawn = pairs(8)
    assert drawn == pairs(8)
    assert len({pair.message for pair in drawn}) == 8
    for pair in drawn:
        assert pair.topic.split()[-1] == pair.message.split()[-1]
        assert pair.topic.split()[:-1] == pair.answer.split()[:-1]
    for source in ("banking77", "clinc150"):
        assert sum(pair.is_right for pair in drawn if pair.id.startswith(source)) == 2


@pytest.mark.parametrize(("count", "why"), [("6", "shared"), ("0", "shared"), ("12", "5 topics")])
def test_pairs_that_cannot_be_made_are_refused(
    count: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--pairs", count])
    assert why in capsys.readouterr().err
