"""A green run is a promise: what looks better than it is, is found out."""

from __future__ import annotations

import json
import re

import pytest

from .project import ENOUGH, TERSE, VERBOSE, example, rows, section

MODEL = r"""
import re


def answer(request):
    text = request.messages[-1].content
    number = int(re.search(r"\d{4}", text)[0])
    is_third = (number - 1000) // 7 % 3 == 0
    return f"{number} or so" if is_third and "carelessly" in text else str(number)
"""
SKILLS = r"""
import re


def answer(request):
    text = request.messages[-1].content
    number = int(re.search(r"\d{4}", text)[0])
    order = (number - 1000) // 7
    right = 9 if "Best" in text else 6 if "Good" in text else 0
    return str(number) if order % 10 < right else "no"
"""
GRADING = """
def graded(output, example):
    if output.text == example.expected:
        return 1.0
    return 0.55 if "or so" in output.text else 0.0


def always(output, example):
    return 1.0
"""
CARELESS = "{{instruction}}\nAnswer carelessly: {{message}}\n"
THIRD = ENOUGH // 3
SOON = "--promptevo-strategy=classic"


@pytest.fixture
def orders(project):
    """A suite whose answers are all right; with the prompt `CARELESS` a third of them is worse."""
    project.write("orders.py", MODEL)
    project.write("grading.py", GRADING)
    project.suite(
        count=ENOUGH,
        models={"primary": "scripted:orders:answer"},
        scorers=["python:grading:graded"],
        threshold=0.5,
        pass_mark=0.5,
    )
    return project


@pytest.mark.parametrize("ci", ["", "true"])
def test_a_prompt_that_makes_answers_worse_fails_though_every_example_passes(orders, ci):
    orders.accept()
    files = [orders.lock, orders.recordings / "order.jsonl"]
    before = [path.read_bytes() for path in files]
    orders.change(prompt={"user": CARELESS})
    orders.env(CI=ci)
    result = orders.run("--promptevo-record=missing")
    outcomes = {"failed": 2} if ci else {"failed": 1, "xfailed": 1}
    result.assert_outcomes(passed=ENOUGH, **outcomes)
    result.stdout.fnmatch_lines(
        [
            "*_ order?fitness? _*",
            "quality fell against the lock: -0.150 [[]-0.2*, -0.0*] on 60 examples (p = *); "
            "lower: o-0 (1 -> 0.55), o-12 (1 -> 0.55), * and 12 more",
        ]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert [path.read_bytes() for path in files] == before


@pytest.mark.parametrize("options", [(), ("--promptevo-locked",)])
def test_known_failures_that_become_worse_are_regressions(orders, options):
    orders.change(prompt={"user": CARELESS}, pass_mark=1.0)
    orders.accept()
    assert list(orders.entry()["quality"].values()) == [0.55] * THIRD
    orders.run("--promptevo-locked").assert_outcomes(passed=ENOUGH - THIRD + 2, xfailed=THIRD)

    orders.write("orders.py", MODEL.replace("or so", "perhaps"))
    result = orders.run("--promptevo-record=all", *options)
    outcomes = {"failed": 2 + THIRD} if options else {"failed": 1 + THIRD, "xfailed": 1}
    result.assert_outcomes(passed=ENOUGH - THIRD, **outcomes)
    told = [line for line in result.outlines if "quality 0.55 -> 0: scorer" in line]
    assert len(told) == 10  # of more, the first are shown in a line each
    result.stdout.fnmatch_lines(["quality fell against the lock: -0.183 *"])
    assert any(line.startswith("order: regressed: o-0, o-12, ") for line in section(result))


@pytest.mark.parametrize("options", [(), ("--promptevo-locked",), ("--promptevo-record=none",)])
def test_recordings_that_were_forged_are_not_those_of_the_lock(orders, options):
    orders.change(prompt={"user": CARELESS})
    orders.accept()
    recordings = orders.recordings / "order.jsonl"
    forged = [json.loads(line) for line in recordings.read_text().splitlines()]
    for row in forged:
        row["text"] = row["text"].removesuffix(" or so")
        row["latency_ms"] = 1.0
    recordings.write_text(rows(forged))
    result = orders.run(*options)
    result.assert_outcomes(passed=ENOUGH + 1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ order?lock? _*",
            "promptevo_recordings/order.jsonl is not the file with which promptevo.lock was *",
        ]
    )


def test_a_genome_that_fails_on_unseen_examples_is_better_and_still_failing(project):
    """Those that the search saw alone pull the figures of the whole over the threshold."""
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, search=None, threshold=0.5)
    project.change(search={"instruction": [VERBOSE, TERSE]})
    project.run("--evolve", SOON)
    unseen = project.entry()["held_out"]["ids"]
    project.lock.unlink()
    (project.recordings / "order.jsonl").unlink()

    n = len(unseen)
    wrong = sorted(int(name.removeprefix("o-")) for name in unseen)[int(0.45 * n) :]
    project.golden(count=ENOUGH, wrong=tuple(wrong))
    result = project.run("--evolve", SOON)
    result.assert_outcomes(passed=ENOUGH - len(wrong), xfailed=len(wrong), failed=1)
    fails = "fitness 0.4* is below the threshold 0.5"
    result.stdout.fnmatch_lines(
        [
            f"order: accepted, confirmed on {n} held-out examples: better, and still failing on "
            f"them: {fails}",
            f"on the {n} examples that its search never saw, {fails}",
        ]
    )
    entry = project.entry()
    assert entry["held_out"]["after"]["fitness"]["mean"] < 0.5
    assert entry["figures"]["after"]["fitness"]["mean"] > 0.5
    result.stdout.fnmatch_lines(
        ["order: next: pytest --evolve searches on from the locked genome; another prompt or *"]
    )
    project.env(CI="true")
    again = project.run()
    again.assert_outcomes(passed=ENOUGH - len(wrong) + 1, xfailed=len(wrong), failed=1)
    again.stdout.fnmatch_lines([f"on the {n} examples that its search never saw, {fails}"])


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": {"user": "{{instruction}}\nThe message: {{message}}\n"}},
        {"scorers": ["python:grading:always"], "scorer_check": False},
    ],
)
def test_an_update_keeps_no_evidence_for_another_prompt_or_scorer(project, change):
    project.write("grading.py", GRADING)
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, search=None)
    project.change(search={"instruction": [VERBOSE, TERSE]})
    project.run("--evolve", SOON)
    assert project.entry()["search"]["confirmed"]["verdict"] == "confirmed"
    project.change(**change)
    project.accept()
    assert project.entry()["genome"]["instruction"] == TERSE
    assert project.entry()["search"] == "accepted as it is"
    for word in ("confirmed", "p_value", "before"):
        assert word not in project.lock.read_text()


@pytest.mark.parametrize("options", [(), ("--promptevo-locked",)])
def test_a_suite_that_leaves_the_lock_as_a_draft_fails_the_locks_test(orders, options):
    orders.accept()
    orders.lock.unlink()
    orders.change(prompt={"user": CARELESS}, pass_mark=1.0, threshold=1.0, draft=True)
    result = orders.run(*options)
    result.assert_outcomes(passed=ENOUGH - THIRD, xfailed=THIRD + 1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*_ order?lock? _*",
            "promptevo_recordings/order.jsonl is committed, but promptevo.lock is gone",
        ]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_suite_that_is_renamed_and_made_a_draft_leaves_its_entry_behind(orders, monkeypatch):
    orders.accept()
    orders.change(suite="other", draft=True, prompt={"user": CARELESS})
    monkeypatch.setenv("CI", "true")
    result = orders.run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*no suite is left for: order*"])


def test_a_draft_of_which_nothing_is_recorded_is_told_in_ci(orders, monkeypatch):
    orders.change(draft=True)
    monkeypatch.setenv("CI", "true")
    result = orders.run()
    result.stdout.fnmatch_lines(["order: a draft without a lock entry*nothing was judged"])


def test_examples_that_came_after_a_search_count_like_those_it_never_saw(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE})
    project.run("--evolve", "-q")
    held_out = project.entry()["held_out"]
    added = [example(f"new-{index}", 6001 + 7 * index) for index in range(ENOUGH)]
    for row in added:
        row["expected"] = "none"
    golden = project.root / "golden/order.jsonl"
    golden.write_text(golden.read_text() + rows(added))
    n = len(held_out["ids"]) + ENOUGH
    told = f"on the {n} examples that its search did not have, *is below the threshold*"
    for options in (["--promptevo-update-lock"], ["--promptevo-locked"]):
        result = project.run(*options)
        result.stdout.fnmatch_lines([told])
        result.assert_outcomes(failed=1, passed=ENOUGH + 1, xfailed=ENOUGH)
    kept = project.entry()["held_out"]
    assert [kept[name] for name in ("ids", "inputs", "searched")] == [
        held_out[name] for name in ("ids", "inputs", "searched")
    ]


@pytest.fixture
def overfitted(project):
    """A suite whose genome fails on what was held out, and fits what its search saw."""
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, threshold=0.5)
    project.run("--evolve", "-q")
    held_out = project.entry()["held_out"]["ids"]
    numbers = [int(name.removeprefix("o-")) for name in held_out]
    project.golden(count=ENOUGH, wrong=tuple(numbers))
    result = project.run("--promptevo-update-lock", "-q")
    result.stdout.fnmatch_lines([f"on the {len(held_out)} examples that its search never saw, *"])
    return project, held_out


def _golden_of(project):
    path = project.root / "golden/order.jsonl"
    return path, [json.loads(line) for line in path.read_text().splitlines()]


def _edit_searched(rows_now, held_out):
    return [
        row if row["id"] in held_out else example(row["id"], 7001 + 7 * index)
        for index, row in enumerate(rows_now)
    ]


def _rename_and_edit_searched(rows_now, held_out):
    return [
        row if row["id"] in held_out else example(f"x-{index}", 7001 + 7 * index)
        for index, row in enumerate(rows_now)
    ]


def _swap_ids(rows_now, held_out):
    ids = [row["id"] for row in rows_now]
    swapped = [name for name in ids if name not in held_out]
    swapped += [name for name in ids if name in held_out]
    ordered = [row for row in rows_now if row["id"] in held_out]
    ordered += [row for row in rows_now if row["id"] not in held_out]
    return [row | {"id": name} for row, name in zip(ordered, swapped, strict=True)]


def _variants_on_top(rows_now, held_out):
    copies = [_changed(row, "!") | {"id": f"v-{row['id']}"} for row in rows_now]
    easy = [example(f"easy-{index}", 7001 + 7 * index) for index in range(5)]
    return [*(copy for copy in copies if copy["id"][2:] in held_out), *rows_now, *easy]


def _same_inputs_on_top(rows_now, held_out):
    """Copies whose expected answer is the model's, told apart by an input nobody uses."""
    copies = []
    for row in rows_now:
        right = re.search(r"\d{4}", row["inputs"]["message"])[0]
        inputs = row["inputs"] | {"note": "x"}
        copies.append({"id": f"c-{row['id']}", "inputs": inputs, "expected": right})
    return [*(copy for copy in copies if copy["id"][2:] in held_out), *rows_now]


def _drop_held_out(rows_now, held_out):
    return [row for row in rows_now if row["id"] not in held_out]


@pytest.mark.parametrize(
    "edit",
    [
        _edit_searched,
        _rename_and_edit_searched,
        _swap_ids,
        _drop_held_out,
        _variants_on_top,
        _same_inputs_on_top,
    ],
)
@pytest.mark.parametrize("forgets", [False, True], ids=["", "without recordings"])
def test_no_edit_of_golden_examples_rescues_what_fails_on_those_held_out(overfitted, edit, forgets):
    project, held_out = overfitted
    path, rows_now = _golden_of(project)
    if forgets:
        (project.recordings / "order.jsonl").unlink()
    path.write_text(rows(edit(rows_now, set(held_out))))
    for options in (["--promptevo-update-lock", "-q"], ["--promptevo-locked", "-q"]):
        result = project.run(*options, "-W", "ignore")
        result.stdout.fnmatch_lines(["*examples that its search never saw*"])
        assert result.parseoutcomes().get("failed") == 1


@pytest.fixture
def half_failing(project):
    """A suite whose genome fails on half of what was held out, which is too much."""
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, threshold=0.5)
    project.run("--evolve", "-q")
    held_out = project.entry()["held_out"]["ids"]
    failing = set(held_out[: len(held_out) // 2])
    project.golden(count=ENOUGH, wrong=tuple(int(name.removeprefix("o-")) for name in failing))
    project.change(threshold=0.65)
    result = project.run("--promptevo-update-lock", "-q")
    result.stdout.fnmatch_lines([f"on the {len(held_out)} examples that its search never saw, *"])
    return project, set(held_out), failing


def _changed(row, suffix="", **inputs):
    inputs = {**row["inputs"], "message": row["inputs"]["message"] + suffix, **inputs}
    return row | {"inputs": inputs}


def _hide_a_space(rows_now, held_out, failing):
    excused = failing | ({row["id"] for row in rows_now} - held_out)
    return [_changed(row, "\u200b") if row["id"] in excused else row for row in rows_now]


def _add_an_unused_input(rows_now, held_out, failing):
    excused = failing | ({row["id"] for row in rows_now} - held_out)
    return [_changed(row, note=None) if row["id"] in excused else row for row in rows_now]


def _reword_and_add_easy_ones(rows_now, held_out, failing):
    easy = [example(f"easy-{index}", 7001 + 7 * index) for index in range(40)]
    again = [_changed(row, " Thanks") if row["id"] in failing else row for row in rows_now]
    return [*again, *easy]


def _drop_failing(rows_now, held_out, failing):
    return [row for row in rows_now if row["id"] not in failing]


@pytest.mark.parametrize(
    "edit", [_hide_a_space, _add_an_unused_input, _reword_and_add_easy_ones, _drop_failing]
)
def test_what_fails_on_what_was_held_out_is_not_edited_out_of_the_way(half_failing, edit):
    project, held_out, failing = half_failing
    path, rows_now = _golden_of(project)
    path.write_text(rows(edit(rows_now, held_out, failing)))
    for options in (["--promptevo-update-lock", "-q"], ["--promptevo-locked", "-q"]):
        result = project.run(*options, "-W", "ignore")
        result.stdout.fnmatch_lines(["*examples that its search never saw*"])
        assert result.parseoutcomes()["failed"] == 1


def test_one_wrong_example_may_be_taken_out(half_failing):
    project, _, failing = half_failing
    wrong = min(failing)
    project.golden(count=ENOUGH, wrong=(int(wrong.removeprefix("o-")),))
    project.run("--promptevo-update-lock", "-q")
    path, rows_now = _golden_of(project)
    path.write_text(rows([row for row in rows_now if row["id"] != wrong]))
    project.run("--promptevo-update-lock", "-q")
    held_out = project.entry()["held_out"]
    assert held_out["failing"][held_out["gone"]] == 0.0
    assert len(held_out["failing"]) == len(failing)  # the others pass now: it stays known
    project.run("--promptevo-locked").assert_outcomes(passed=ENOUGH - 1 + 2)


def test_who_is_told_to_delete_the_entry_is_told_what_is_lost(overfitted):
    project, _ = overfitted
    project.change(search={"instruction": [VERBOSE, TERSE, "Number?"]})
    project.change(genome={"instruction": "Number?"})
    result = project.run("--promptevo-update-lock", "-q")
    result.stdout.fnmatch_lines(
        ["*delete the entry from promptevo.lock first, which forgets * its search has seen: *"]
    )


def test_a_gene_that_does_nothing_does_not_make_the_lock_forget(overfitted):
    project, held_out = overfitted
    project.change(genome={"instruction": VERBOSE, "seed": 7})
    for options in (["--promptevo-update-lock", "-q"], ["--promptevo-locked", "-q"]):
        result = project.run(*options)
        result.stdout.fnmatch_lines(
            [f"on the {len(held_out)} examples that its search never saw, *"]
        )
        assert result.parseoutcomes()["failed"] == 1
    assert project.entry()["genome"]["seed"] == 7


@pytest.fixture
def searched_once(project):
    """A suite after a search that found the better of two instructions; a third is best."""
    project.write("fake.py", SKILLS)
    project.suite(
        count=ENOUGH,
        genome={"instruction": "Ship."},
        search=None,
        objectives={"quality": {}},
        threshold=0.95,
    )
    project.change(search={"instruction": ["Ship.", "Good."]})
    project.run("--evolve", "-q")
    assert project.entry()["genome"]["instruction"] == "Good."
    project.change(search={"instruction": ["Ship.", "Good.", "Best."]})
    return project


def test_another_search_holds_out_what_the_first_did_not_see(searched_once):
    first = searched_once.entry()["held_out"]
    result = searched_once.run("--evolve", "-q", "--promptevo-seed=3")
    result.stdout.no_fnmatch_line("*an earlier search has seen*")
    again = searched_once.entry()["held_out"]
    assert searched_once.entry()["genome"]["instruction"] == "Best."
    assert (again["ids"], again["searched"]) == (first["ids"], first["searched"])


def test_a_search_that_finds_too_few_unseen_examples_says_so(searched_once):
    first = searched_once.entry()["held_out"]
    path, rows_now = _golden_of(searched_once)
    gone = set(first["ids"][4:])
    path.write_text(rows([row for row in rows_now if row["id"] not in gone]))
    result = searched_once.run("--evolve", "-q", "--promptevo-accept=inconclusive")
    result.stdout.fnmatch_lines(
        ["*order: an earlier search has seen * examples that are held out now, for too few *"]
    )
    assert searched_once.entry()["genome"]["instruction"] == "Best."
    again = searched_once.entry()["held_out"]
    assert set(first["searched"].split()) <= set(again["searched"].split())


def test_what_was_taken_out_and_put_back_is_no_new_example(overfitted):
    project, held_out = overfitted
    path, rows_now = _golden_of(project)
    for kept in ([row for row in rows_now if row["id"] in held_out], rows_now):
        path.write_text(rows(kept))
        result = project.run("--promptevo-update-lock", "-q")
        told = f"on the {len(held_out)} examples that its search never saw, *"
        result.stdout.fnmatch_lines([told])


def test_a_lock_that_cannot_be_read_fails_its_suites_and_stops_no_other_test(project):
    project.suite(count=3)
    project.accept()
    project.write("test_other.py", "def test_other():\n    pass\n")
    text = project.lock.read_text()
    for broken in (text.replace("quality", "qualify", 1), f"<<<<<<< ours\n{text}", text[:-20]):
        project.lock.write_text(broken)
        result = project.run()
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(["*_ order?lock? _*", "promptevo.lock*", "*none of the suite*"])


def test_recordings_that_cannot_be_read_fail_their_suite_alone(project):
    project.suite("order", count=3)
    project.suite("sales", count=3)
    project.accept()
    (project.recordings / "sales.jsonl").write_text("{")
    result = project.run("-n", "2")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(["*_ sales?lock? _*", "promptevo_recordings/sales.jsonl:1: *"])
