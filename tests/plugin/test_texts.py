"""Texts that a search makes: from a vague prompt to the lock, a replay and the application."""

from __future__ import annotations

import re

import yaml

from pytest_promptevo.evolve.names import OPERATORS
from pytest_promptevo.runtime import load

from .project import ENOUGH, TERSE

VAGUE = "Help the customer. Extract the order number."

BUDGET = "--promptevo-budget=600"

MODEL = r"""
import re
from pathlib import Path

LOG = Path(__file__).with_name("calls.log")
TEXTS = [
    "Reply with the order number, nothing else.",
    "Take 1000 for an answer.",
    "Name the number of the order.",
]


def log(kind):
    with LOG.open("a") as file:
        file.write(f"{kind}\n")


def answer(request):
    log("answer")
    text = request.messages[-1].content
    number = re.search(r"\d{4}", text)[0]
    if all(part in text for part in "WORKS".split(" & ")):
        return number
    return f"The order number is {number}."


def write(request):
    log("write")
    text = TEXTS[LOG.read_text().count("write") % len(TEXTS)]
    return f"<diagnosis>It lets the model\ntalk \x1b[31m.</diagnosis><new_text>{text}</new_text>"
"""

JUDGE = """

def writer(request):
    return "yes" if "You judge" in request.messages[0].content else write(request)


def other(request):
    log("other")
    return "yes"
"""


def growing(project, grow, works="nothing else", **search):
    project.write("fake.py", MODEL.replace("WORKS", works))
    project.suite("order", ENOUGH, genome={"instruction": VAGUE}, search=None)
    models = {"primary": "scripted:fake:answer", "writer": "scripted:fake:write"}
    search = {"instruction": {"grow": grow}, **search}
    long = {"system": "You work for a shop that sells many things. " * 15}
    project.change("order", models=models, search=search, prompt=long, threshold=0.7)


def asked(project, kind):
    return project.asked().count(kind)


def test_a_proposed_text_is_locked_with_where_it_comes_from(project):
    growing(project, {"by": "writer"})
    result = project.run("--evolve", BUDGET)
    result.assert_outcomes(passed=ENOUGH + 1)
    entry = project.entry()
    assert TERSE in entry["genome"]["instruction"]
    told = entry["texts"]["instruction"]
    assert told["operator"] in OPERATORS
    assert told["parent"]
    assert told["proposer"] == "scripted:fake:write"
    assert told["digest"].startswith("sha256:")
    assert told["diagnosis"] == "It lets the model talk [31m."
    assert not set(told.get("examples", [])) & set(entry["held_out"]["ids"])
    assert set(entry["models"]) == {"primary"}
    proposals = entry["search"]["proposals"]
    assert 0 < proposals < 12
    result.stdout.fnmatch_lines(
        [
            f"order: searched with {entry['search']['calls'] - proposals} calls + "
            f"{proposals} proposal* (*",
            "changed genes:",
            f"  instruction ({told['operator']}*: It lets the model talk *",
            "    [[]-*-[]]{+Reply with+}*",
        ]
    )
    assert "\x1b[31m" not in str(result.stdout)


def test_one_model_may_propose_and_judge(project):
    growing(project, {"by": "writer"})
    verdict = MODEL.replace("WORKS", "nothing else") + JUDGE
    project.write("fake.py", verdict)
    scorers = [
        "exact_match",
        {"judge": {"question": "Is it a number?", "role": "writer"}},
        {"judge": {"question": "Is it short?", "role": "other"}},
    ]
    models = {role: f"scripted:fake:{role}" for role in ("writer", "other")}
    project.change("order", scorers=scorers, models={"primary": "scripted:fake:answer", **models})
    project.run("--evolve", BUDGET).assert_outcomes(passed=ENOUGH + 1)
    assert set(project.entry()["models"]) == {"primary", "writer", "other"}
    project.forget()
    project.env(CI="true")
    project.run("--promptevo-locked").assert_outcomes(passed=ENOUGH + 2)


def test_proposals_that_tell_an_answer_are_told_and_never_evaluated(project):
    growing(project, {"by": "writer"})
    result = project.run("--evolve", BUDGET, "--promptevo-seed=3")
    kept = (project.root / ".promptevo" / "order.searches.jsonl").read_text("utf-8")
    assert "Take 1000" not in kept
    result.stdout.fnmatch_lines(
        ["  proposals that were refused: * because it has an answer that an example expects*"]
    )


def test_a_search_again_asks_nobody_and_writes_the_same_bytes(project):
    growing(project, {"by": "writer"}, layout=["plain", "last"])
    project.run("--evolve", BUDGET)
    first, paid = project.lock.read_bytes(), asked(project, "write")
    assert paid > 0
    for path in (project.lock, *project.recordings.iterdir()):
        path.unlink()
    project.run("--evolve", BUDGET)
    assert project.lock.read_bytes() == first
    assert asked(project, "write") == paid


def test_what_is_locked_is_replayed_and_loaded_without_the_proposer(project):
    growing(project, {"by": "writer"})
    project.run("--evolve", BUDGET)
    paid = len(project.asked())
    project.env(CI="true")
    project.run().assert_outcomes(passed=ENOUGH + 2)
    assert len(project.asked()) == paid
    locked = load(project.lock, "order", root=project.root)
    assert locked.request(message="my order 4711 is late").messages[-1].content == (
        f"{TERSE}\nMessage: my order 4711 is late"
    )
    project.write("other.py", "def write(request):\n    return 'x'\n")
    models = {"primary": "scripted:fake:answer", "writer": "scripted:other:write"}
    project.change("order", models=models)
    project.run().assert_outcomes(passed=ENOUGH + 2)


def test_texts_are_edited_without_a_proposer(project):
    growing(project, {}, "Do not explain & order number", shots=None)
    document = yaml.safe_load((project.root / "order.promptevo.yaml").read_text("utf-8"))
    document["search"].pop("shots")
    document["objectives"] = {"quality": {}}
    project.write("order.promptevo.yaml", yaml.safe_dump(document, sort_keys=False))
    project.run("--evolve", "--promptevo-budget=1500").assert_outcomes(passed=ENOUGH + 1)
    entry = project.entry()
    assert "Do not explain the answer." in entry["genome"]["instruction"].split("\n")
    assert entry["texts"]["instruction"]["operator"] in ("add", "drop")
    assert set(entry["texts"]["instruction"]) == {"operator", "parent"}
    assert "proposals" not in entry["search"]
    text = project.lock.read_text("utf-8")
    assert re.search(r"instruction: \|-\n +[A-Z][^\n]*\.\n +[A-Z]", text), "a sentence a line"
    assert asked(project, "write") == 0


def test_where_a_text_comes_from_stays_known_when_the_lock_is_updated(project):
    growing(project, {"by": "writer"})
    project.run("--evolve", BUDGET)
    before = project.entry()["texts"]
    project.change("order", threshold=0.6)
    project.run("--promptevo-update-lock").assert_outcomes(passed=ENOUGH + 2)
    assert project.entry()["texts"] == before


def test_classic_asks_for_texts_too(project):
    growing(project, {"by": "writer"})
    result = project.run("--evolve", "--promptevo-budget=1500", "--promptevo-strategy=classic")
    result.stdout.fnmatch_lines(["order: searched with * calls + * proposals (*"])
    assert asked(project, "write") > 0


def test_a_later_search_knows_where_the_texts_of_an_earlier_one_come_from(project):
    growing(project, {"by": "writer"})
    project.run("--evolve", BUDGET)
    first = project.entry()
    for path in (project.lock, *project.recordings.iterdir()):
        path.unlink()
    project.change("order", threshold=0.6)
    result = project.run("--evolve", BUDGET)
    result.stdout.fnmatch_lines(["order: went on from * genomes of earlier searches*"])
    again = project.entry()
    assert again["genome"]["instruction"] == first["genome"]["instruction"]
    assert again["texts"] == first["texts"]
