"""``layout`` and ``form`` from a search to the lock, a replay and the application."""

from __future__ import annotations

from pytest_promptevo.runtime import load

from .project import ENOUGH, VERBOSE

WANTS_SYSTEM = r"""
import re


def answer(request):
    system = next((turn.content for turn in request.messages if turn.role == "system"), "")
    number = re.search(r"\d{4}", request.messages[-1].content)[0]
    if "order number" in system and "nothing else" in system:
        return number
    return f"The order number is {number}."
"""


def searched(project, **search):
    project.write("fake.py", WANTS_SYSTEM)
    project.suite("order", ENOUGH, genome={"instruction": VERBOSE}, search=None)
    project.change("order", search=search)


def test_a_search_finds_layout_and_form_together(project):
    searched(project, layout=["plain", "last", "system", "cue"], form=["none", "only"])
    result = project.run("--evolve")
    result.assert_outcomes(passed=ENOUGH + 1)
    entry = project.entry()
    assert entry["genome"] | {"layout": "system", "form": "only"} == entry["genome"]
    assert entry["replaces"] == {"layout": "plain", "form": "none"}
    result.stdout.fnmatch_lines(["  layout: 'plain' -> 'system'", "  form: 'none' -> 'only'"])
    paid = project.calls
    project.env(CI="true")
    project.run().assert_outcomes(passed=ENOUGH + 2)
    assert project.calls == paid

    locked = load(project.lock, "order", root=project.root)
    (system, user) = locked.request(message="my order 4711 is late").messages
    assert system.content == f"{VERBOSE}\nReply with the answer and nothing else."
    assert user.content == "Message: my order 4711 is late"
