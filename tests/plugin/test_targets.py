from __future__ import annotations

import sys

import pytest

from pytest_promptevo.runtime import load

from .project import ENOUGH

APP = """
def reply(inputs, genome, ask):
    text = f"{genome['instruction']} Message: {inputs['message']}"
    return ask([{"role": "user", "content": text}])

def as_data(inputs, genome, ask):
    return {"number": reply(inputs, genome, ask)}

def twice(inputs, genome, ask):
    ask([{"role": "user", "content": inputs["message"]}], temperature=0.5)
    return reply(inputs, genome, ask)

def broken(inputs, genome, ask):
    return reply(inputs, genome, ask)[99]
"""


@pytest.fixture
def app(project):
    project.write("desk.py", APP)
    project.suite(count=3, prompt=None, target="desk:reply", search=None)
    return project


def test_the_users_own_code_is_tested(app):
    app.run().assert_outcomes(passed=4)
    assert app.calls == 3


def test_its_answers_are_recorded_and_replayed(app):
    app.accept()
    app.forget()
    app.run("--promptevo-record=none").assert_outcomes(passed=5)
    assert app.calls == 0


def test_its_data_is_scored_as_json(app):
    app.change(target="desk:as_data", output={"format": "json"}, scorers=["contains"])
    app.run().assert_outcomes(passed=4)


def test_it_may_ask_several_times(app):
    app.change(target="desk:twice")
    app.accept()
    app.forget()
    app.run("--promptevo-record=none").assert_outcomes(passed=5)


def test_it_can_be_evolved(app):
    app.golden(count=ENOUGH)
    app.change(genome={"instruction": "Extract it."})
    app.change(search={"instruction": ["Extract it.", "The number, nothing else."]})
    app.run("--evolve").assert_outcomes(passed=ENOUGH + 1)
    assert app.entry()["genome"]["instruction"] == "The number, nothing else."


def test_a_target_that_raises_shows_its_own_frames_alone(app):
    app.change(target="desk:broken")
    result = app.run()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "*target desk:broken failed on example 'o-0': IndexError: string index out of range",
            '  File "*desk.py", line 14, in broken',
        ]
    )
    result.stdout.no_fnmatch_line('  File "*pytest_promptevo*')


@pytest.mark.parametrize("target", ["desk:nothing", "nowhere:reply"])
def test_a_target_that_cannot_be_imported_is_a_short_message(app, target):
    app.change(target=target)
    result = app.run()
    result.stdout.fnmatch_lines([f"order.promptevo.yaml:*: target: cannot import '{target}': *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_miss_in_a_target_says_how_to_record_it(app):
    app.accept()
    app.forget()
    (app.recordings / "order.jsonl").unlink()
    result = app.run("--promptevo-record=none")
    result.stdout.fnmatch_lines(
        [
            "no recording: missing",
            "  hint: *, or accept what the models answer now: pytest order.promptevo.yaml "
            "--promptevo-update-lock",
        ]
    )


SHOWING = """
async def reply(inputs, genome, ask):
    chat = [{"role": "system", "content": genome["instruction"]}]
    for shot in ask.shots:
        chat.append({"role": "user", "content": shot.inputs["message"]})
        chat.append({"role": "assistant", "content": shot.expected})
    return await ask([*chat, {"role": "user", "content": inputs["message"]}])
"""


@pytest.fixture
def application(app, monkeypatch):
    """An application beside the suites; what it imports is forgotten after the test."""
    monkeypatch.setattr(sys, "path", [str(app.root), *sys.path])
    before = set(sys.modules)
    yield
    for name in {"fake", "showing"} - before:
        sys.modules.pop(name, None)


@pytest.mark.usefixtures("application")
def test_what_was_tested_is_what_ships(app):
    app.write("showing.py", SHOWING)
    shots = {"few_shot": "golden/shots.jsonl", "max": 2}
    app.change(target="showing:reply", search={"shots": shots}, genome={"shots": ["s-2", "s-0"]})
    app.change(objectives={"quality": {}})  # latency would be measured by calls of its own
    app.accept()
    tested = app.asked()
    assert app.entry()["target"] == "showing:reply"
    assert app.entry()["inputs"] == ["message"]
    app.forget()
    with load(app.lock, "order") as order:
        answers = [order.answer(message=f"my order {1000 + 7 * at} is late") for at in range(3)]
    assert [answer.data for answer in answers] == ["1000", "1007", "1014"]
    assert sorted(app.asked()) == sorted(tested)


def test_a_shot_is_not_shown_to_its_own_example(app):
    app.write("showing.py", SHOWING.replace("async ", "").replace("await ", ""))
    golden = (app.root / "golden/order.jsonl").read_text()
    app.write("golden/shots.jsonl", golden)
    app.change(target="showing:reply", search={"shots": {"few_shot": "golden/shots.jsonl"}})
    app.change(genome={"shots": ["o-1"]})
    result = app.run("-W", "default")  # it is told that the pool overlaps
    # With a turn of an assistant the model says the number alone, without one a sentence.
    result.assert_outcomes(failed=2, passed=2)
    result.stdout.fnmatch_lines(["FAILED order.promptevo.yaml::order[[]o-1[]]*"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            "max_tokens=10**30",
            "max_tokens must be a whole number from 1 to 1,000,000, not 1000000000000*",
        ),
        (
            "max_tokens=10**5000",
            "max_tokens must be a whole number from 1 to 1,000,000, not a value of type*",
        ),
        ("max_tokens=2.5", "max_tokens must be a whole number from 1 to 1,000,000, not 2.5"),
        ("temperature=float('nan')", "temperature must be a number from 0 to 2, not nan"),
        ("seed=10**5000", "seed must be a whole number of at most 63 bits, not a value of type*"),
        ("seed='x'", "seed must be a whole number, not 'x'"),
        ("stop=[3]", "stop must be a text or a list of texts, not [[]3]"),
        ("num_ctx=True", "num_ctx must be a whole number from 1 to 10,000,000, not True"),
    ],
)
def test_what_no_engine_can_be_asked_with_is_refused(app, change, told):
    app.write("desk.py", APP.replace("temperature=0.5", change))
    app.change(target="desk:twice")
    result = app.run()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines([f"*target desk:twice failed on example 'o-0': ask(): {told}"])


def test_numbers_of_numpy_are_numbers(app):
    changes = "max_tokens=numpy.int64(8), temperature=numpy.float32(0.5), seed=3.0"
    app.write("desk.py", f"import numpy\n{APP.replace('temperature=0.5', changes)}")
    app.change(target="desk:twice")
    app.run("--promptevo-update-lock").assert_outcomes(passed=4)
    app.run("--promptevo-record=none").assert_outcomes(passed=5)


def test_a_wrong_use_of_ask_is_explained(app):
    app.write("desk.py", APP.replace("temperature=0.5", "temperatur=0.5"))
    app.change(target="desk:twice")
    result = app.run()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        ["*target desk:twice failed on example 'o-0': ask() takes messages and changes of *"]
    )
    result.stdout.fnmatch_lines(["*not 'temperatur': did you mean 'temperature'?"])
