"""The scorer `judge` in runs: recorded, replayed, never charged, and measured by people."""

from __future__ import annotations

import json
import re

import pytest

from .project import VERBOSE, Project, example, rows, section

JUDGE = r"""

def verdict(request):
    with LOG.with_name("judged.log").open("a") as file:
        file.write("asked\n")
    material = request.messages[1].content
    if "garbled" in material:
        return "well, it depends"
    return "yes" if re.search(r"answer-\w+:\n\d{4}\n", material) else "no"
"""

SCORERS = [{"judge": {"question": "Is the answer a number alone?"}}]


def judged(project: Project, human: list[dict] | None = None, count: int = 6, **changes) -> None:
    project.write("fake.py", (project.root / "fake.py").read_text() + JUDGE)
    models = {"primary": "scripted:fake:answer", "judge": "scripted:fake:verdict"}
    project.suite(models=models, scorers=SCORERS, **changes)
    made = [example(f"o-{at}", 1000 + 7 * at) for at in range(count)]
    if human is not None:
        made[0]["human"] = human
    project.write("golden/order.jsonl", rows(made))


def verdicts(project: Project) -> int:
    log = project.root / "judged.log"
    return len(log.read_text().splitlines()) if log.exists() else 0


def recorded(project: Project) -> list[dict]:
    text = (project.recordings / "order.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_verdicts_are_recorded_and_replayed_and_cost_the_genome_nothing(project):
    project.suite()
    project.accept()
    without = project.entry()["figures"]["after"]
    project.lock.unlink()
    (project.recordings / "order.jsonl").unlink()
    project.forget()
    judged(project)
    project.accept()
    assert project.entry()["figures"]["after"]["tokens"] == without["tokens"]
    assert (project.calls, verdicts(project)) == (6, 6)
    made = recorded(project)
    assert [row.get("judge", False) for row in made] == [False, True] * 6
    project.forget()
    project.env(CI="true")
    result = project.run("--promptevo-locked", "-rA")
    result.assert_outcomes(passed=8)
    assert (project.calls, verdicts(project)) == (0, 6)
    assert not any("committed" in line for line in section(result))
    project.spawn("-n", "4", "--promptevo-locked").assert_outcomes(passed=8)


def test_nobody_has_compared_the_judge_with_people(project):
    judged(project)
    assert any(
        line.startswith("order: scorer judge is a model, which nobody has compared with people")
        for line in section(project.run())
    )


@pytest.mark.parametrize("ways", [(), ("-n", "4")], ids=["bare", "xdist"])
def test_agreement_with_people_is_shown(project, ways):
    human = [
        {"answer": "1000", "quality": 1},
        {"answer": "2000", "quality": True},
        {"answer": "about 1000", "quality": 0.5},
        {"answer": "It is 1000.", "quality": 1},
        {"answer": "7777", "quality": 0},
    ]
    judged(project, human)
    result = (project.spawn if ways else project.run)(*ways)
    result.assert_outcomes(passed=7)
    said = (
        "order: scorer judge agrees with people on 3 of 5 answers: 0.600 [0.231, 0.882], kappa "
        "0.17; it passes 1 that people fail, and fails 1 that people pass"
    )
    assert said in section(result)
    if ways:
        return
    project.accept()
    asked = verdicts(project)
    project.forget()
    project.env(CI="true")
    assert said in section(project.run("--promptevo-locked"))
    assert verdicts(project) == asked


def test_labels_that_came_later_break_no_replay(project):
    judged(project)
    project.accept()
    judged(project, [{"answer": "1000", "quality": 1}])
    project.env(CI="true")
    project.run().assert_outcomes(passed=7, failed=1)  # the code of models is in the lock
    project.write("fake.py", (project.root / "fake.py").read_text().removesuffix(JUDGE))
    project.forget()
    project.run("--promptevo-locked").assert_outcomes(passed=8)


def test_a_verdict_that_cannot_be_read_is_told(project):
    judged(project)
    made = [example("o-0", 1000)]
    made[0]["inputs"]["message"] += " garbled"
    project.write("golden/order.jsonl", rows(made))
    result = project.run()
    result.stdout.fnmatch_lines(["*judge: the verdict cannot be read: 'well, it depends'"])
    assert verdicts(project) == 2


def test_a_judge_that_is_gone_is_no_fault_of_a_scorer(project):
    judged(project)
    project.change(models={"judge": "ollama:none"})
    project.ini("promptevo_patience = 0", "promptevo_ollama_hosts = http://127.0.0.1:9")
    result = project.run()
    result.assert_outcomes(failed=7)
    assert "a scorer failed" not in str(result.stdout)
    assert "127.0.0.1:9" in str(result.stdout)


def test_another_question_or_judge_makes_the_lock_out_of_date(project):
    judged(project)
    project.accept()
    project.change(scorers=[{"judge": {"question": "Is it short?"}}])
    result = project.run("--promptevo-locked")
    assert "the scorers" in str(result.stdout)
    project.change(scorers=SCORERS, models={"judge": "scripted:fake:other"})
    assert "model 'judge'" in str(project.run("--promptevo-locked").stdout)


def test_a_search_counts_the_calls_of_verdicts(project):
    judged(project, count=60, genome={"instruction": VERBOSE})
    result = project.run("--evolve", "--promptevo-budget=800")
    assert project.locked_suites() == ["order"], str(result.stdout)
    told = next(line for line in result.outlines if "a call is an answer it needed" in line)
    counted = int(told.split(" with ")[1].split()[0])
    assert counted <= 800
    assert project.calls + verdicts(project) == counted


@pytest.mark.parametrize(
    "human",
    [[{"answer": "x"}], [{"answer": 7, "quality": 1}], [{"answer": "x", "quality": 2}],
     [{"answer": "x", "quality": "good"}], "good", [{"answer": "x", "quality": 1, "by": "me"}],
     [{"answer": "x", "quality": 1}] * 101],
)  # fmt: skip
def test_labels_that_are_none_are_refused_with_their_line(project, human):
    judged(project, human)
    result = project.run()
    assert "golden/order.jsonl:1: " in str(result.stdout)
    assert "human" in str(result.stdout)


@pytest.mark.real_model
def test_a_real_judge_beside_people(project):
    """The first suite of `promptevo init`, judged by the embedded model."""
    pytest.importorskip("xllamacpp")
    from pytest_promptevo.commands.starting import _STARTER

    made = [json.loads(line) for line in (_STARTER / "golden.jsonl").read_text().splitlines()][:3]
    cities = [each["expected"] for each in made]
    for at, each in enumerate(made):
        right, wrong = each["expected"], cities[at - 1]
        each["human"] = [
            {"answer": right, "quality": 1},
            {"answer": f"{right}.", "quality": 1},
            {"answer": wrong, "quality": 0},
            {"answer": "I do not know.", "quality": 0},
        ]
    project.write("city.jsonl", rows(made))
    question = "Is the answer the same city as the expected one?"
    model = "embedded:smollm2-135m-instruct"
    document = {
        "golden": "city.jsonl",
        "models": {"primary": "scripted:fake:first_city", "judge": model},
        "prompt": "{{message}}",
        "scorers": [{"judge": {"question": question, "constrain": True}}],
        "objectives": {"quality": {}, "tokens": {}},
        "threshold": -1,
    }
    city = "\n\ndef first_city(request):\n    return request.messages[-1].content.split()[-1]\n"
    project.write("fake.py", (project.root / "fake.py").read_text() + city)
    project.write("city.promptevo.yaml", json.dumps(document))
    result = project.spawn("--promptevo-update-lock")
    line = next(line for line in section(result) if "agrees with people" in line)
    assert re.match(
        r"city: scorer judge agrees with people on \d+ of 12 answers: [01]\.\d+ \[", line
    )
    tokens = project.entry("city")["figures"]["after"]["tokens"]["mean"]
    assert tokens < 40  # the judge's prompts alone have more than a hundred
    again = project.spawn("--promptevo-locked", "--promptevo-record=none")
    assert line in section(again)
