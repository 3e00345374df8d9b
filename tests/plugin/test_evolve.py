from __future__ import annotations

import platform
import re

import pytest

from .project import ENOUGH, TERSE, VERBOSE

HALVES = r"""
import re


def answer(request):
    text = request.messages[-1].content
    number = int(re.search(r"\d{4}", text)[0])
    at = (number - 1000) // 7
    right = at % 2 == 0 if "even" in text else at % 2 == 1 or 2 < at < 24
    return f"{number}" if right else "0000"
"""


def failing(project, name="order", count=ENOUGH, **changes):
    """A suite that fails as shipped; the other of its two genomes passes."""
    project.suite(name, count, genome={"instruction": VERBOSE}, search=None)
    project.change(name, **{"search": {"instruction": [VERBOSE, TERSE]}, **changes})


def test_a_failing_suite_is_searched_and_the_run_ends_green(project):
    failing(project)
    result = project.run("--evolve")
    result.assert_outcomes(passed=ENOUGH + 1)
    assert result.ret == pytest.ExitCode.OK
    entry = project.entry()
    assert entry["genome"]["instruction"] == TERSE
    assert entry["replaces"] == {"instruction": VERBOSE}
    assert entry["objectives"]["quality"] == 1.0
    assert entry["quality"] == {}
    n = len(entry["held_out"]["ids"])
    result.stdout.fnmatch_lines(
        [
            "promptevo: order: fitness -0.0* is below the threshold 0.8; "
            "fitness -0.0* = quality 0.000 - *; "
            "searching (*) on 30 examples, 30 are held out for the test, about * calls at most *",
            "order: searched with * calls (*); a call is an answer it needed, known or not",
            "  * of the answers of baseline, search and test were asked of the model now*",
            "after generation *search calls *fitness of the best so far",
            "the end: winner *",
            f"{n} examples the search never saw *before *after *",
            "fitness *",
            "quality *0.000 *1.000 *",
            "latency_ms * ms * ms",
            "tokens *",
            "repairs *",
            "before: fitness -0.0* = quality 0.000 - latency * ms) - tokens *",
            "after:  fitness 0.9* = quality 1.000 - latency * ms) - tokens *",
            "changed genes:",
            f"  instruction: '{VERBOSE}' -> '{TERSE}'",
            f"order: accepted, confirmed on {n} held-out examples",
            "promptevo: order: wrote promptevo.lock",
            "promptevo: order: next: read the diff of promptevo.lock, and commit it together with "
            "promptevo_recordings/",
        ]
    )


def test_the_lock_says_which_examples_the_search_never_saw_and_what_they_showed(project):
    failing(project)
    project.run("--evolve")
    entry = project.entry()
    held_out, confirmed = entry["held_out"], entry["search"]["confirmed"]
    assert held_out["ids"] == sorted(set(held_out["ids"]))
    assert len(held_out["ids"]) == ENOUGH // 2
    assert (confirmed["n"], confirmed["verdict"]) == (len(held_out["ids"]), "confirmed")
    for moment, quality in (("before", 0.0), ("after", 1.0)):
        assert held_out[moment]["n"] == len(held_out["ids"])
        assert held_out[moment]["quality"]["mean"] == quality
        assert entry["figures"][moment]["n"] == ENOUGH


def test_the_next_run_replays_the_winner_without_a_call(project):
    failing(project)
    project.run("--evolve")
    project.forget()
    project.env(CI="true")
    result = project.run()
    result.assert_outcomes(passed=ENOUGH + 2)
    n = len(project.entry()["held_out"]["ids"])
    told = f"order: the figures are those of the {n} examples that its search never*"
    result.stdout.fnmatch_lines([told])
    assert project.calls == 0


def test_too_few_examples_to_hold_some_out_lock_nothing(project):
    failing(project, count=6)
    result = project.run("--evolve")
    result.assert_outcomes(failed=7)
    result.stdout.fnmatch_lines(
        [
            "6 examples (all) *before *after *",
            f"  instruction: '{VERBOSE}' -> '{TERSE}'",
            "order: not accepted, not confirmed, so nothing is locked: 6 examples are too few to "
            "hold some out (* are needed); --promptevo-accept=inconclusive takes it",
            "promptevo: order: next: nothing was written; more golden examples or other values *",
        ]
    )
    assert not project.lock.exists()
    assert not project.recordings.exists()


def test_too_few_examples_suffice_for_whoever_says_so_and_the_lock_says_it(project):
    failing(project, count=6)
    result = project.run("--evolve", "--promptevo-accept=inconclusive")
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(["order: accepted, not confirmed: 6 examples are too few *"])
    entry = project.entry()
    assert entry["genome"]["instruction"] == TERSE
    assert entry["search"]["confirmed"].startswith("not confirmed: 6 examples are too few")
    assert "held_out" not in entry


def test_suites_that_pass_are_left_alone(project):
    failing(project)
    project.run("--evolve")
    before = project.lock.read_bytes()
    result = project.run("--evolve")
    result.stdout.fnmatch_lines(["promptevo: order: fitness * passes, nothing to evolve"])
    assert project.lock.read_bytes() == before


def test_a_suite_that_passes_as_shipped_gets_no_entry(project):
    project.suite()
    project.run("--evolve").assert_outcomes(passed=7)
    assert not project.lock.exists()


def test_all_searches_suites_that_pass(project):
    project.suite()
    result = project.run("--evolve=all")
    result.stdout.fnmatch_lines(["promptevo: order: passes; searching (*), about * calls *"])


def test_the_same_seed_on_recorded_answers_gives_the_same_bytes(project):
    failing(project)
    project.change(search={"shots": {"few_shot": "golden/shots.jsonl", "max": 2}})
    locks = []
    for _ in range(2):
        project.run("--evolve=all", "--promptevo-seed=7")
        locks.append([project.lock.read_bytes(), (project.recordings / "order.jsonl").read_bytes()])
        project.lock.unlink()
    assert locks[0] == locks[1]
    assert b"seed: 7" in locks[0][0]


def test_the_second_search_pays_nothing(project):
    failing(project)
    project.run("--evolve")
    project.lock.unlink()
    calls = project.calls
    result = project.run("--evolve")
    result.stdout.fnmatch_lines(
        ["  all answers of baseline, search and test were known: no model was asked"]
    )
    assert project.calls == calls


def test_the_entries_of_other_suites_keep_their_bytes(project):
    project.suite("a")
    project.suite("z")
    project.accept()
    before = project.lock.read_text()
    project.change("a", threshold=0.7)
    failing(project, "m")
    project.run("--evolve")
    after = project.lock.read_text()
    head, _, rest = after.partition("  m:\n")
    assert before == head + rest[rest.index("  z:\n") :]


def test_a_lock_holds_nothing_of_this_machine(project):
    failing(project)
    project.run("--evolve")
    text = project.lock.read_text()
    assert str(project.root) not in text
    assert platform.node() not in text
    assert not re.search(r"\d{4}-\d\d-\d\d|\b\d\d:\d\d\b", text)


def test_a_lock_that_falls_behind_its_threshold_is_searched_anew(project):
    project.suite(count=ENOUGH, genome={"instruction": VERBOSE}, threshold=-1)
    project.accept()
    assert project.entry()["search"] == "accepted as it is"
    project.change(threshold=0.8)
    project.run("--evolve").assert_outcomes(passed=ENOUGH + 2)
    assert project.entry()["search"]["calls"] > 0


@pytest.fixture
def halves(project):
    """Two genomes, each of which is right where the other is wrong, for the most part."""
    project.write("halves.py", HALVES)
    failing(project, models={"primary": "scripted:halves:answer"}, threshold=0.1)
    genes = ["the even ones", "the odd ones"]
    project.change(genome={"instruction": genes[0]}, search=None)
    project.change(search={"instruction": genes})
    return project


EVOLVE_ALL = ("--evolve=all", "--promptevo-strategy=classic")


def test_an_inconclusive_search_keeps_the_old_genome_and_says_what_it_saw(halves):
    result = halves.run(*EVOLVE_ALL)
    result.stdout.fnmatch_lines(
        [
            "  instruction: 'the even ones' -> 'the odd ones'",
            "order: not accepted, inconclusive on * held-out examples (fitness [+-]* [[]*, *], "
            "p = *, * examples can show a gain of fitness of * or more*): the old genome is kept; "
            "--promptevo-accept=inconclusive takes the new one",
        ]
    )
    assert not halves.lock.exists()
    assert not halves.recordings.exists()


def test_an_inconclusive_genome_can_be_taken_and_the_lock_says_that_it_is(halves):
    result = halves.run(*EVOLVE_ALL, "--promptevo-accept=inconclusive")
    result.stdout.fnmatch_lines(
        ["order: accepted, inconclusive on * held-out examples (*), taken all the same*"]
    )
    entry = halves.entry()
    assert entry["genome"]["instruction"] == "the odd ones"
    assert entry["search"]["confirmed"]["verdict"] == "inconclusive"
    assert len(entry["held_out"]["ids"]) == entry["search"]["confirmed"]["n"]


def test_a_search_without_a_better_genome_says_so_and_the_gate_still_fails(project):
    failing(project, count=6)
    project.change(search={"instruction": [VERBOSE, "Please extract the order number."]})
    result = project.run("--evolve")
    result.assert_outcomes(failed=7)
    result.stdout.fnmatch_lines(["order: not accepted, no better genome was found"])
    assert not project.lock.exists()
    assert result.ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize("search", [None, {"instruction": [VERBOSE]}])
def test_without_a_search_space_there_is_nothing_to_evolve(project, search):
    failing(project, count=6)
    project.change(search=None)
    project.change(search=search)
    result = project.run("--evolve")
    result.assert_outcomes(failed=7)
    result.stdout.fnmatch_lines(
        ["promptevo: order: *; its search: offers nothing but what ships, so there *"]
    )


@pytest.mark.parametrize("strategy", ["classic", "greedy", "racing"])
@pytest.mark.parametrize("way", ["option", "ini"])
def test_the_strategy_is_chosen_and_locked(project, strategy, way):
    failing(project)
    options = ()
    if way == "ini":
        project.ini(f"promptevo_strategy = {strategy}", "promptevo_seed = 3")
    else:
        options = (f"--promptevo-strategy={strategy}", "--promptevo-seed=3")
    project.run("--evolve", *options).assert_outcomes(passed=ENOUGH + 1)
    search = project.entry()["search"]
    assert (search["strategy"], search["seed"]) == (strategy, 3)


@pytest.mark.parametrize(("budget", "most"), [("24", 24), ("25calls", 25)])
def test_a_budget_in_calls_is_kept(project, budget, most):
    failing(project, count=6)
    project.change(search={"temperature": {"low": 0.0, "high": 1.0, "step": 0.1}})
    project.ini("promptevo_strategy = classic")
    result = project.run("--evolve=all", f"--promptevo-budget={budget}")
    result.stdout.fnmatch_lines(["order: searched with * calls (budget); *"])
    spent = re.search(r"order: searched with (\d+) calls", str(result.stdout))
    assert spent is not None
    assert int(spent[1]) <= most


@pytest.mark.parametrize("strategy", ["racing", "classic", "greedy"])
def test_a_budget_holds_for_baseline_search_and_test_together(project, strategy):
    failing(project)
    project.change(search={"temperature": {"low": 0.0, "high": 1.0, "step": 0.1}})
    result = project.run("--evolve", f"--promptevo-strategy={strategy}", "--promptevo-budget=300")
    spent = re.search(r"order: searched with (\d+) calls", str(result.stdout))
    assert spent is not None
    assert project.calls <= int(spent[1]) <= 300


def test_a_budget_that_cannot_compare_two_genomes_is_refused(project):
    failing(project, count=6)
    result = project.run("--evolve", "--promptevo-budget=11")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [
            "*order: a budget of 11 calls cannot compare two genomes on 6 examples: allow for 18 "
            "at least, better 72 (--promptevo-budget)"
        ]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert not project.lock.exists()
    assert project.calls == 0


@pytest.mark.parametrize("temperature", [None, {"low": 0.0, "high": 1.0, "step": 0.5}])
@pytest.mark.parametrize("count", [6, 60])
def test_the_budget_that_a_refusal_names_is_enough(project, count, temperature):
    failing(project, count=count)
    if temperature:
        project.change(search={"temperature": temperature})
    refused = project.run("--evolve", "--promptevo-budget=7")
    least = re.search(r"allow for (\d+) at least", str(refused.stderr))
    assert least is not None
    result = project.run("--evolve", f"--promptevo-budget={least[1]}")
    result.stdout.fnmatch_lines(["order: searched with * calls (*"])
    spent = re.search(r"order: searched with (\d+) calls", str(result.stdout))
    assert spent is not None
    assert int(spent[1]) <= int(least[1])


def test_all_suites_are_refused_before_a_call_is_spent_on_the_first(project):
    failing(project, "a-first", count=6)
    failing(project, "b-second", count=60)
    result = project.run("--evolve", "--promptevo-budget=40")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*b-second: a budget of 40 calls cannot compare two genomes*"])
    assert project.calls == 0


def test_a_suite_that_passes_by_known_answers_needs_no_budget(project):
    failing(project, "a-first", count=6)
    failing(project, "b-second", count=60, threshold=-1.0)
    project.run("--promptevo-update-lock")
    paid = project.calls
    result = project.run("--evolve", "--promptevo-budget=40")
    result.stdout.fnmatch_lines(["*b-second: fitness * passes, nothing to evolve*"])
    assert paid < project.calls <= paid + 40


def test_a_small_budget_holds_more_than_half_of_the_examples_out(project):
    failing(project)
    result = project.run("--evolve", "--promptevo-budget=200")
    result.stdout.fnmatch_lines(
        [
            "*searching (racing) on 24 examples, 36 are held out for the test, more than half "
            "because the budget is small, about 200 calls at most with baseline and test ...*"
        ]
    )


def test_a_budget_in_time_ends_the_search(project):
    failing(project, count=6)
    project.env(MODEL_PAUSE="0.02")
    project.change(search={"temperature": {"low": 0.0, "high": 1.0, "step": 0.01}})
    result = project.run("--evolve", "--promptevo-budget=0.1s", "--promptevo-strategy=greedy")
    result.stdout.fnmatch_lines(["order: searched with * calls (*); *"])
    assert project.calls < 6 * 11


@pytest.mark.parametrize("option", ["--evolve", "--promptevo-update-lock"])
def test_a_model_out_of_reach_is_one_message(project, option):
    failing(project, count=6, models={"primary": "gguf:none.gguf"})
    result = project.run(option)
    told = [line for line in result.outlines + result.errlines if "none.gguf" in line]
    assert len(told) == 1
    result.stdout.no_fnmatch_line("*Traceback*")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert not project.lock.exists()


def test_a_scorer_that_raises_ends_the_search_with_its_message(project):
    failing(project)
    project.write("grading.py", "def broken(output, example):\n    raise KeyError('colour')\n")
    project.change(scorers=["python:grading:broken"])
    result = project.run("--evolve")
    result.stdout.fnmatch_lines(
        ["*example 'o-0': scorer python:grading:broken *raised KeyError: 'colour'*"]
    )
    result.stdout.no_fnmatch_line("*Traceback*")
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_two_failing_suites_are_searched_one_after_the_other(project):
    failing(project, "first")
    failing(project, "second")
    project.run("--evolve").assert_outcomes(passed=2 * ENOUGH + 2)
    assert project.entry("first")["genome"] == project.entry("second")["genome"]


def test_a_suite_named_by_its_path_is_searched_alone(project):
    failing(project, "first")
    failing(project, "second")
    result = project.run("second.promptevo.yaml", "--evolve")
    result.assert_outcomes(passed=ENOUGH + 1)
    assert "first" not in project.lock.read_text()


def test_ordinary_tests_run_after_the_search(project):
    failing(project)
    project.write(
        "test_lock.py",
        "from pathlib import Path\n"
        "def test_there():\n"
        "    assert Path(__file__).with_name('promptevo.lock').exists()\n",
    )
    project.run("--evolve").assert_outcomes(passed=ENOUGH + 2)


def test_evolve_asks_the_model_even_in_ci(project):
    failing(project)
    project.env(CI="true")
    project.run("--evolve").assert_outcomes(passed=ENOUGH + 1)


@pytest.mark.parametrize("quiet", ["-q", "-qq"])
def test_double_quiet_says_nothing_of_the_search(project, quiet):
    failing(project)
    result = project.run("--evolve", quiet)
    assert any("searching" in line for line in result.outlines) == (quiet == "-q")


def test_figures_after_a_test_by_draws_are_said_to_be_of_others(project):
    failing(project)
    project.change(genome={"temperature": 0.7})
    result = project.run("--evolve")
    result.stdout.fnmatch_lines(
        ["promptevo: order: figures from here on are of other draws than the test's, which *"]
    )
    project.forget()
    again = project.run("--evolve=all")
    assert "figures from here on" not in again.stdout.str()
