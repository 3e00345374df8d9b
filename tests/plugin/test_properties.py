"""What JUnit's report holds of suites."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = ("quality", "fitness", "latency_ms", "tokens", "repairs")
GENOME = ("genome", "digest", "model")


def properties(path: Path) -> dict[str, dict[str, str]]:
    """Returns the properties of each test by its name."""
    return {
        case.get("name", ""): {
            each.get("name", "").removeprefix("promptevo_"): each.get("value", "")
            for each in case.iter("property")
        }
        for case in ElementTree.parse(path).iter("testcase")
    }


@pytest.mark.parametrize("ways", [(), ("-n", "4")], ids=["bare", "xdist"])
def test_each_example_has_its_figures_and_its_genome(project, ways):
    project.suite(threshold=0.3)
    project.golden(wrong=(1,))
    project.accept()
    (project.spawn if ways else project.run)("--junitxml=report.xml", *ways)
    told = properties(project.root / "report.xml")
    assert len(told) == 8
    for number in range(6):
        of_one = told[f"order[o-{number}]"]
        assert set(of_one) == {*FIGURES, *GENOME}
        score = {name: float(of_one[name]) for name in FIGURES}
        assert score["quality"] == (0 if number == 1 else 1)
        cost = 0.001 * score["latency_ms"] + 0.0005 * score["tokens"] + 0.2 * score["repairs"]
        assert score["fitness"] == pytest.approx(score["quality"] - cost, abs=1e-5)
        assert of_one["genome"] == "locked"
        assert of_one["model"] == "scripted:fake:answer"
        assert of_one["digest"] == told["order[fitness]"]["digest"]
    assert set(told["order[fitness]"]) == {*FIGURES, *GENOME, "against_lock"}
    assert told["order[fitness]"]["quality"].startswith("0.8333 [")
    assert told["order[lock]"] == {}


def test_another_genome_has_another_digest(project):
    project.suite()
    project.run("--junitxml=one.xml")
    project.change(genome={"max_tokens": 17})
    project.run("--junitxml=other.xml")
    one, other = (
        properties(project.root / name)["order[o-0]"] for name in ("one.xml", "other.xml")
    )
    assert one["genome"] == other["genome"] == "shipped"
    assert one["digest"] != other["digest"]
