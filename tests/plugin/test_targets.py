from __future__ import annotations

import pytest

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
    app.run("--promptevo-record=none").assert_outcomes(passed=4)
    assert app.calls == 0


def test_its_data_is_scored_as_json(app):
    app.change(target="desk:as_data", output={"format": "json"}, scorers=["contains"])
    app.run().assert_outcomes(passed=4)


def test_it_may_ask_several_times(app):
    app.change(target="desk:twice")
    app.accept()
    app.forget()
    app.run("--promptevo-record=none").assert_outcomes(passed=4)


def test_it_can_be_evolved(app):
    app.change(genome={"instruction": "Extract it."})
    app.change(search={"instruction": ["Extract it.", "The number, nothing else."]})
    app.run("--evolve").assert_outcomes(passed=4)
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
    result.stdout.fnmatch_lines([f"order.promptevo.yaml: target: cannot import '{target}': *"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_miss_in_a_target_says_how_to_record_it(app):
    app.accept()
    app.forget()
    (app.recordings / "order.jsonl").unlink()
    result = app.run("--promptevo-record=none")
    result.stdout.fnmatch_lines(
        [
            "no recording: missing",
            "  record it: pytest order.promptevo.yaml --promptevo-record=missing",
        ]
    )
