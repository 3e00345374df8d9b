"""What was held out from a search stays known, whatever happens to suite, examples and lock."""

from __future__ import annotations

import json
import re

import pytest

from .project import ENOUGH, TERSE, VERBOSE, example, rows, section


@pytest.fixture
def evolved(project):
    """A suite after a search, with rows that have an input which the prompt does not use."""
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, search=None)
    project.change(search={"instruction": [VERBOSE, TERSE]})
    _change_inputs(project, lambda inputs: {**inputs, "note": "x"})
    project.run("--evolve", "--promptevo-strategy=classic", "-q")
    assert project.entry()["held_out"]["names"] == ["message"]
    return project


def _golden(project):
    text = (project.root / "golden/order.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def _write_golden(project, golden):
    project.write("golden/order.jsonl", rows(golden))


def _change_inputs(project, changed):
    _write_golden(project, [row | {"inputs": changed(row["inputs"])} for row in _golden(project)])


def test_inputs_may_be_renamed_tidied_and_dropped(evolved):
    before = evolved.entry()["held_out"]
    _change_inputs(evolved, lambda inputs: {"text": f" {inputs['message']}\n"})
    evolved.change(prompt={"user": "{{instruction}}\nMessage: {{text}}\n"})
    for options in (["--promptevo-update-lock"], ["--promptevo-locked"]):
        assert evolved.run(*options, "-q").ret == pytest.ExitCode.OK
    after = evolved.entry()["held_out"]
    assert after["names"] == ["text"]
    for part in ("ids", "inputs", "exact", "searched"):
        assert after[part] == before[part]


LAX = """
def always(output, example):
    return 1.0
"""


def test_what_failed_is_not_forgotten_over_a_scorer_that_lets_all_pass(evolved):
    held_out = evolved.entry()["held_out"]["ids"]
    failing = set(held_out[: len(held_out) // 3])
    wrong = [
        row | {"expected": "none"} if row["id"] in failing else row for row in _golden(evolved)
    ]
    _write_golden(evolved, wrong)
    evolved.change(threshold=0.75)
    red = "*examples that its search never saw*is below the threshold*"
    evolved.run("--promptevo-update-lock").stdout.fnmatch_lines([red])

    evolved.write("grading.py", LAX)
    evolved.change(scorers=["python:grading:always"], scorer_check=False)
    assert evolved.run("--promptevo-update-lock", "-q").ret == pytest.ExitCode.OK
    assert list(evolved.entry()["held_out"]["failing"].values()) == [0.0] * len(failing)
    _write_golden(evolved, [row for row in wrong if row["id"] not in failing])
    evolved.run("--promptevo-update-lock").stdout.fnmatch_lines([red])
    evolved.change(scorers=["exact_match"], scorer_check=None)
    evolved.run("--promptevo-update-lock").stdout.fnmatch_lines([red])


def test_the_summary_shows_the_figures_that_decide_after_a_failing_example_went(evolved):
    held_out = evolved.entry()["held_out"]["ids"]
    failing = held_out[: len(held_out) // 2]
    golden = [
        row | {"expected": "none"} if row["id"] in failing else row for row in _golden(evolved)
    ]
    _write_golden(evolved, golden)
    evolved.change(objectives={"quality": {}}, threshold=0.51)
    evolved.run("--promptevo-update-lock")
    _write_golden(evolved, [row for row in golden if row["id"] != failing[0]])
    result = evolved.run()
    n = len(held_out)
    of = f"{n} examples that its search never saw (1 of them gone or edited: at their worst)"
    result.stdout.fnmatch_lines([f"on the {of.replace('[', '[[]')}, fitness 0.5 *"])
    row = next(line for line in section(result) if line.startswith("order "))
    assert f" 0.500 [0.332, 0.668]  {n} unseen  0.51   FAIL  0.500 " in row
    note = f"order: the figures are those of the {of}, which decide; fitness of all: 0.763 "
    assert any(line.startswith(note) for line in section(result))
    assert len(row) <= 100


def test_a_worse_prompt_does_not_take_what_it_breaks_out_in_the_same_update(evolved):
    held_out = evolved.entry()["held_out"]["ids"]
    before, golden = evolved.lock.read_bytes(), _golden(evolved)
    evolved.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    kept = [row for row in golden if row["id"] not in held_out[:3]]
    _write_golden(evolved, kept)
    calls = evolved.calls
    result = evolved.run("--promptevo-update-lock")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(
        [
            "promptevo: promptevo.lock: order: 3 of the examples held out from its search are "
            f"gone or edited ({', '.join(held_out[:3])}), and in the same update the prompt's "
            "texts changed: *",
            "  hint: put them back and update once for each change*",
        ]
    )
    result.stdout.no_fnmatch_line("*outcomes.Exit*")
    assert (evolved.lock.read_bytes(), evolved.calls) == (before, calls)
    for part in (golden, kept):  # one change after the other
        _write_golden(evolved, part)
        assert evolved.run("--promptevo-update-lock", "-q").ret == pytest.ExitCode.OK
    evolved.change(prompt={"user": "{{instruction}}\nMessage: {{message}}\n"})
    evolved.run("--promptevo-update-lock", "-q")  # what was gone before is no news
    assert len(evolved.entry()["held_out"]["gone"].split()) == 3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"scorers": ["contains"]}, "the scorers changed"),
        ({"models": {"primary": "scripted:fake:other"}}, "model 'primary' (* changed"),
    ],
)
def test_so_it_is_with_a_scorer_and_a_model(evolved, change, told):
    golden = _golden(evolved)
    edited = evolved.entry()["held_out"]["ids"][0]
    for row in golden:
        row["inputs"]["message"] += " indeed" if row["id"] == edited else ""
    _write_golden(evolved, golden)
    evolved.change(**change)
    result = evolved.run("--promptevo-update-lock")
    result.stdout.fnmatch_lines(
        [f"*: 1 of the examples held out * is gone or edited ({edited}), *{told}: *"]
    )


def test_a_column_that_the_prompt_no_longer_uses_keeps_nothing_alive(evolved):
    _change_inputs(evolved, lambda inputs: {**inputs, "text": f"{inputs['message']}, please"})
    assert evolved.run("--promptevo-update-lock", "-q").ret == pytest.ExitCode.OK
    before = evolved.lock.read_bytes()
    evolved.change(prompt={"user": "{{instruction}}\nMessage: {{text}}\n"})
    result = evolved.run("--promptevo-update-lock")
    result.stdout.fnmatch_lines(
        ["*30 of the examples held out *", "*The search knew them by message: *"]
    )
    assert evolved.lock.read_bytes() == before
    result = evolved.run("--promptevo-record=missing")
    result.stdout.fnmatch_lines(["none of the 30 examples that its search never saw *message*"])


def test_an_input_that_the_prompt_no_longer_uses_goes_an_update_later(evolved):
    evolved.change(prompt={"user": "{{instruction}}\nMessage: {{message}} {{note}}\n"})
    evolved.lock.unlink()
    (evolved.recordings / "order.jsonl").unlink()
    evolved.change(genome={"instruction": VERBOSE})
    evolved.run("--evolve", "--promptevo-strategy=classic", "-q")
    assert evolved.entry()["held_out"]["names"] == ["message", "note"]
    evolved.change(prompt={"user": "{{instruction}}\nMessage: {{message}}\n"})
    assert evolved.run("--promptevo-update-lock", "-q").ret == pytest.ExitCode.OK
    _change_inputs(evolved, lambda inputs: {"message": inputs["message"]})
    for options in (["--promptevo-update-lock"], ["--promptevo-locked"]):
        assert evolved.run(*options, "-q").ret == pytest.ExitCode.OK
    assert evolved.entry()["held_out"]["names"] == ["message"]


def test_an_input_that_the_locked_genome_alone_names_still_tells_examples_apart(project):
    asks = "\nMessage: {{message}}\nLanguage: {{lang}}"
    project.suite(
        count=ENOUGH,
        prompt={"user": "{{instruction}}\n"},
        genome={"instruction": VERBOSE + asks},
        search=None,
    )
    project.change(search={"instruction": [VERBOSE + asks, TERSE + asks]})
    _change_inputs(project, lambda inputs: {**inputs, "lang": "en"})
    project.run("--evolve", "--promptevo-strategy=classic", "-q")
    before = project.entry()["held_out"]
    project.change(genome={"instruction": "Reply in {{lang}}."}, search=None)
    assert project.run("--promptevo-update-lock", "-q").ret == pytest.ExitCode.OK
    assert project.entry()["held_out"]["names"] == ["lang", "message"]
    assert project.entry()["held_out"]["exact"] == before["exact"]
    edited = before["ids"][:20]
    _write_golden(
        project,
        [
            row | {"inputs": {**row["inputs"], "lang": "EN" if row["id"] in edited else "en"}}
            for row in _golden(project)
        ],
    )
    result = project.run("--promptevo-update-lock")
    result.stdout.fnmatch_lines(["10 of the 30 examples that its search never saw are left*"])


def test_a_merge_keeps_what_either_side_knows_to_fail(evolved):
    before = {path: path.read_bytes() for path in evolved.root.rglob("*") if path.is_file()}
    golden, lost = _golden(evolved), evolved.entry()["held_out"]["ids"][:6]
    _write_golden(
        evolved, [row | {"expected": "none"} if row["id"] in lost else row for row in golden]
    )
    evolved.run("--promptevo-update-lock", "-q")
    ours, failing = evolved.lock.read_text(), evolved.entry()["held_out"]["failing"]
    assert len(failing) == 6
    for path, content in before.items():
        path.write_bytes(content)
    _write_golden(evolved, [row for row in golden if row["id"] not in lost])  # they pass by then
    evolved.run("--promptevo-update-lock", "-q")
    theirs = evolved.lock.read_text()
    evolved.lock.write_text(f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> branch\n")
    result = evolved.run("--promptevo-update-lock", "-q")
    result.stdout.fnmatch_lines(["*(6 of them gone or edited: at their worst), fitness 0.77* is *"])
    assert evolved.entry()["held_out"]["failing"] == failing


FIRST = r"""
import re


def answer(request):
    text = request.messages[-1].content
    return re.search(r"First: (.*)", text)[1].split()[-1] if "nothing else" in text else "no"
"""


@pytest.mark.parametrize("at_once", [True, False])
def test_values_of_what_was_held_out_do_not_change_places(project, at_once):
    project.write("fake.py", FIRST)
    user = "{{instruction}}\nFirst: {{a}}\nSecond: {{b}}\n"
    project.suite(count=ENOUGH, prompt={"user": user}, genome={"instruction": VERBOSE}, search=None)
    project.change(search={"instruction": [VERBOSE, TERSE]})
    _change_inputs(
        project, lambda inputs: {"a": f"order {inputs['message'][9:13]}", "b": "parcel 5"}
    )
    project.run("--evolve", "--promptevo-strategy=classic", "-q")
    ids = project.entry()["held_out"]["ids"]
    project.change(prompt={"user": "{{instruction}}\nFirst: {{b}}\nSecond: {{a}}\n"})
    if not at_once:
        project.run("--promptevo-update-lock", "-q")
    golden = _golden(project)
    for row in golden:
        a, b = row["inputs"].values()
        row["inputs"] = {"a": b, "b": a} if row["id"] in ids else row["inputs"]
    _write_golden(project, golden)
    result = project.run("--promptevo-update-lock")
    told = "*30 of the examples held out from its search are gone or edited (*changed: *"
    lost = "none of the 30 examples that its search never saw is left*"
    result.stdout.fnmatch_lines([told if at_once else lost])


NOTED = """
def reply(inputs, genome, ask):
    text = f"{genome['instruction']} Message: {inputs.get('note', inputs['message'])}"
    return ask([{"role": "user", "content": text}])
"""


def test_a_target_gets_no_help_for_what_was_held_out(project):
    project.write("desk.py", NOTED.replace("inputs.get('note', inputs['message'])", "inputs"))
    project.suite(count=ENOUGH, prompt=None, target="desk:reply", search=None)
    project.change(genome={"instruction": "Extract it."})
    project.change(search={"instruction": ["Extract it.", "The number, nothing else."]})
    project.run("--evolve", "-q")
    ids, before = project.entry()["held_out"]["ids"], project.lock.read_bytes()
    golden = _golden(project)
    for row in golden:
        row["inputs"]["note"] = row["expected"] if row["id"] in ids else ""
    _write_golden(project, golden)
    app = (project.root / "desk.py").read_text()
    project.write("desk.py", NOTED)
    told = "*30 of the examples held out *the code of scorers or target (desk.py) changed: *"
    result = project.spawn("--promptevo-update-lock")
    result.stdout.fnmatch_lines([told, "*The search knew them by message: *"])
    assert project.lock.read_bytes() == before
    project.write("desk.py", app)
    project.spawn("--promptevo-locked").stdout.fnmatch_lines(["*golden examples (o-0 edited, *"])
    result = project.spawn("--promptevo-update-lock")
    result.stdout.fnmatch_lines(["none of the 30 examples *(their search knew them by message: *"])


def _in_folder(project):
    """Moves the suite and its examples into a folder of their own; the lock stays."""
    project.change(genome={"instruction": TERSE})
    for name in ("order.promptevo.yaml", "golden"):
        target = project.root / "prompts" / name
        target.parent.mkdir(exist_ok=True)
        (project.root / name).rename(target)
    return project.write("prompts/promptevo.lock", "version: 2\nsuites: {}\n# end of lock\n")


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_nearer_lock_does_not_hide_what_the_one_above_it_knows(evolved, ci):
    nearer = _in_folder(evolved)
    evolved.env(CI=ci)
    told = (
        "prompts/promptevo.lock is the nearest lock of prompts/order.promptevo.yaml, but there is "
        "an entry 'order' in promptevo.lock, too, which would be forgotten"
    )
    hint = "  hint: delete the nearer lock, so that promptevo.lock counts; *"
    for options in ([], ["--promptevo-update-lock"], []):
        result = evolved.run("--promptevo-record=missing", *options)
        result.stdout.fnmatch_lines(["*_ order?lock? _*", told, hint])
        assert result.ret == pytest.ExitCode.TESTS_FAILED
    evolved.lock.unlink()
    result = evolved.run()
    result.stdout.fnmatch_lines(["*there are recordings of 'order' in promptevo_recordings*"])
    (evolved.recordings / "order.jsonl").unlink()
    assert evolved.run().ret == pytest.ExitCode.OK
    assert nearer.exists()


def test_a_lock_above_may_have_a_suite_of_the_same_name(evolved):
    text = (evolved.root / "order.promptevo.yaml").read_text()
    golden = (evolved.root / "golden/order.jsonl").read_text()
    _in_folder(evolved)
    (evolved.root / "golden").mkdir()
    evolved.write("order.promptevo.yaml", text)
    evolved.write("golden/order.jsonl", golden)
    assert evolved.run("prompts", "--promptevo-update-lock", "-q").ret == pytest.ExitCode.OK


def test_a_lock_above_that_cannot_be_read_is_told(evolved):
    _in_folder(evolved)
    evolved.lock.write_text(evolved.lock.read_text().removesuffix("# end of lock\n"))
    result = evolved.run("--promptevo-record=missing")
    result.stdout.fnmatch_lines(["*_ order?lock? _*", "promptevo.lock:*: the lock is truncated"])


def test_an_update_names_what_passes_since_it_was_relabelled(evolved):
    golden = _golden(evolved)
    wrong, other = evolved.entry()["held_out"]["ids"][:2]
    _write_golden(
        evolved,
        [row | {"expected": "none"} if row["id"] in (wrong, other) else row for row in golden],
    )
    never = "*held out from its search, failed, and*"
    evolved.run("--promptevo-update-lock").stdout.no_fnmatch_line(never)
    _write_golden(
        evolved, [row | {"expected": "none"} if row["id"] == other else row for row in golden]
    )
    result = evolved.run("--promptevo-update-lock")
    result.stdout.fnmatch_lines(
        [
            "promptevo: order: held out from its search, failed, and passes now that `expected`, "
            f"scorers or the example's other parts were edited: {wrong}: reviewers must see why"
        ]
    )
    evolved.run("--promptevo-update-lock").stdout.no_fnmatch_line(never)


@pytest.mark.parametrize("by", ["later", "held out"])
def test_all_that_is_told_of_a_gate_is_what_it_was_decided_by(evolved, by):
    golden = _golden(evolved)
    if by == "later":
        later = [example(f"new-{at}", 6001 + 7 * at) for at in range(30)]
        golden += [row | {"inputs": {**row["inputs"], "note": "x"}} for row in later]
    held_out = evolved.entry()["held_out"]["ids"]
    failing = {f"new-{at}" for at in range(30)} if by == "later" else set(held_out[::2])
    wrong = [row | {"expected": "none"} if row["id"] in failing else row for row in golden]
    _write_golden(evolved, wrong)
    evolved.run("-q")
    for options in ((), ("--lf",)):
        result = evolved.run("--junitxml=out.xml", *options)
        (red,) = (line for line in result.outlines if " is below the threshold " in line)
        fitness = re.search(r"fitness ([\d.]+)", red)[1]
        row = next(line for line in section(result) if line.startswith("order "))
        assert f"  {fitness} " in row
        assert "  FAIL  " in row
        told = (evolved.root / "out.xml").read_text()
        assert f'name="promptevo_unseen_fitness" value="{fitness}' in told


MOODY = r"""
import re
from pathlib import Path

MOODS = Path(__file__).with_name("moods.txt")


def answer(request):
    text = request.messages[-1].content
    number = re.search(r"\d{4}", text)[0]
    if MOODS.exists() and number in MOODS.read_text().split():
        return "no"
    return number if "nothing else" in text else f"It is {number}."
"""


@pytest.mark.parametrize("which", ["held out", "searched"])
def test_a_confirmation_goes_with_the_answers_that_it_was_about(project, which):
    project.write("fake.py", MOODY)
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, search=None, threshold=0.5)
    project.change(search={"instruction": [VERBOSE, TERSE]})
    project.run("--evolve", "--promptevo-strategy=classic", "-q")
    before = project.entry()
    held_out = before["held_out"]["ids"]
    worse = [row for row in _golden(project) if (row["id"] in held_out) == (which == "held out")]
    project.write("moods.txt", " ".join(row["expected"] for row in worse[:5]))
    result = project.run("--promptevo-record=all", "--promptevo-update-lock")
    after = project.entry()
    dropped = "promptevo: order: the confirmation of its search is dropped: *, or other answers"
    if which == "searched":
        assert after["search"] == before["search"]
        result.stdout.no_fnmatch_line(dropped)
        return
    result.stdout.fnmatch_lines([dropped])
    assert (after["search"], after["held_out"]["ids"]) == ("accepted as it is", held_out)
    assert after["held_out"]["after"]["quality"]["mean"] == 0.8333
    again = project.entry()
    project.run("--promptevo-update-lock", "-q")
    assert project.entry() == again


def test_what_to_do_where_most_of_what_was_held_out_is_gone_is_to_put_it_back(evolved):
    held_out = evolved.entry()["held_out"]["ids"]
    kept = [row for row in _golden(evolved) if row["id"] not in held_out[1:]]
    _write_golden(evolved, kept)
    way = "put the held-out examples back, or run --evolve"
    (stale,) = (line for line in section(evolved.run()) if "out of date" in line)
    assert stale.endswith(f" changed): {way}")
    evolved.run("--promptevo-update-lock")
    assert f"order: next: {way}" in section(evolved.run())
