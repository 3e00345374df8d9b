"""Candidates: proposed by a search, tested in CI, dropped when they no longer fit."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.lock import read_lock, write_lock
from pytest_promptevo.recording import committed_digest

from .project import ENOUGH, Project, example, rows, section

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

BEST, GOOD, FAIR, POOR = "Answer best.", "Answer good.", "Answer fair.", "Answer poor."

SKILLS = r"""
import re
from pathlib import Path

LOG = Path(__file__).with_name("calls.log")
GOOD, FAIR, POOR = (3, 18), (5, 16, 17, 20), range(0, 60, 2)
WRONG = {"best": (), "good": GOOD, "fair": FAIR, "poor": POOR}


def answer(request):
    with LOG.open("a") as file:
        file.write("asked\n")
    text = request.messages[-1].content
    number = int(re.search(r"\d{4}", text)[0])
    skill = re.search(r"Answer (\w+)", text)[1]
    return "none" if (number - 1000) // 7 in WRONG[skill] else str(number)
"""

PROPOSE = ("--evolve=all", "--promptevo-candidates=3", "--promptevo-strategy=classic")


def ranked(project: Project, shipped: str = BEST, **changes: Any) -> None:
    """A suite whose genomes are right about all, 58, 56 or 30 of its 60 examples."""
    project.write("fake.py", SKILLS)
    project.suite(count=ENOUGH, genome={"instruction": shipped}, search=None)
    objectives = {"quality": {"weight": 1.0}}
    space = {"instruction": [BEST, GOOD, FAIR, POOR]}
    settings = {"rollout": {"margin": 0.15}, **changes}
    project.change(search=space, objectives=objectives, **settings)


def candidates(project: Project) -> list[str]:
    found: Sequence[Any] = project.entry().get("candidates", [])
    return [candidate["genome"]["instruction"] for candidate in found]


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """What one search has written, for all tests that start from it."""
    return {}


@pytest.fixture
def proposed(project: Project, files: dict[str, bytes]) -> Project:
    """A suite with a locked genome and candidates beside it."""
    root = project.root
    if not files:
        ranked(project)
        project.run(*PROPOSE)
        written = (path for path in root.rglob("*") if path.is_file())
        files |= {path.relative_to(root).as_posix(): path.read_bytes() for path in written}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return project


def test_a_suite_that_passes_gets_candidates_beside_an_unchanged_genome(project: Project) -> None:
    ranked(project)
    result = project.run(*PROPOSE)
    result.assert_outcomes(passed=ENOUGH + 1)
    result.stdout.fnmatch_lines(
        [
            "promptevo: order: passes; searching (classic) on 30 examples, * with baseline, test "
            "and candidates ...",
            "order: not accepted, no better genome was found*",
            "order: 2 of * tested genomes proposed as candidates for production's traffic",
            "  candidate-1: fitness * on 30 examples the search never saw, * against the locked*",
            f"    instruction: '{BEST}' -> '{GOOD}'",
            "promptevo: order: wrote promptevo.lock",
        ]
    )
    assert candidates(project) == [GOOD, FAIR]
    entry = project.entry()
    assert entry["genome"]["instruction"] == BEST
    assert entry["search"] == "accepted as it is"
    assert (entry["proposal"]["strategy"], entry["proposal"]["seed"]) == ("classic", 0)
    assert entry["reward"] == {"low": 0.0, "high": 1.0}
    good = entry["candidates"][0]
    assert good["held_out"]["locked"]["quality"]["mean"] == 1.0
    assert good["confirmed"]["n"] == len(entry["proposal"]["held_out"]["ids"]) == 30
    assert sorted(path.name for path in project.recordings.iterdir()) == [
        "order+candidate-1.jsonl", "order+candidate-2.jsonl", "order.jsonl",
    ]  # fmt: skip


def test_they_are_replayed_in_ci_and_each_is_one_test(proposed: Project) -> None:
    proposed.forget()
    proposed.env(CI="true")
    result = proposed.run("--promptevo-locked", "-v")
    result.assert_outcomes(passed=ENOUGH + 4)
    result.stdout.fnmatch_lines(
        [
            "*::order[[]candidate-1] PASSED*",
            "*::order[[]candidate-2] PASSED*",
            "order: candidate-1: fitness * on 30 examples that its search never saw, the locked *",
        ]
    )
    assert proposed.calls == 0


def test_with_a_new_winner_candidates_stand_beside_it(project: Project) -> None:
    ranked(project, POOR)
    project.run("--evolve", *PROPOSE[1:])
    entry = project.entry()
    assert entry["genome"]["instruction"] == BEST
    assert candidates(project) == [GOOD, FAIR]
    assert "held_out" in entry
    assert "held_out" not in entry["proposal"], "the same examples stand once"
    project.env(CI="true")
    project.run("--promptevo-locked").assert_outcomes(passed=ENOUGH + 4)


def test_a_search_with_xdist_replays_candidates_once_each(proposed: Project) -> None:
    proposed.env(CI="true")
    result = proposed.spawn("-n", "2")
    result.assert_outcomes(passed=ENOUGH + 4)
    assert len([line for line in section(result) if "candidate-" in line]) == 2


def test_a_part_of_a_suite_judges_the_candidates_that_are_selected(proposed: Project) -> None:
    proposed.env(CI="true")
    proposed.run("-k", "candidate-2").assert_outcomes(passed=1, deselected=ENOUGH + 3)
    proposed.run("-k", "o-1").assert_outcomes(passed=11, deselected=ENOUGH + 4 - 11)


def test_the_estimate_and_the_final_figure_count_the_calls_of_candidates(project: Project) -> None:
    ranked(project)
    result = project.run(*PROPOSE)
    text = str(result.stdout)
    most = int(re.search(r"about ([\d,]+) calls at most", text)[1].replace(",", ""))  # type: ignore[index]
    without = project.run("--evolve=all", "--promptevo-strategy=classic", "--promptevo-seed=1")
    told = re.search(r"about ([\d,]+) calls at most", str(without.stdout))
    assert told is not None
    assert most == int(told[1].replace(",", "")) + 3 * 30
    spent = re.search(r"searched with (\d+) calls", text)
    assert spent is not None
    assert int(spent[1]) == project.entry()["proposal"]["calls"] == 60 + 3 * 30 + 2 * 30


def test_a_budget_that_cannot_pay_for_candidates_is_refused_before_it_is_spent(
    project: Project,
) -> None:
    ranked(project)
    result = project.run(*PROPOSE, "--promptevo-budget=150")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*a budget of 150 calls cannot compare two genomes on 60 examples and test 3 more as *"]
    )
    assert project.calls == 0


DAMAGE = {
    "missing": "promptevo_recordings/order+candidate-1.jsonl is missing, with which",
    "edited": "promptevo_recordings/order+candidate-1.jsonl is not the file with which",
    "another": "promptevo_recordings/order+candidate-3.jsonl is committed, but promptevo.lock has",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_recordings_that_are_not_the_locks_fail(proposed: Project, damage: str) -> None:
    first = proposed.recordings / "order+candidate-1.jsonl"
    if damage == "missing":
        first.unlink()
    elif damage == "edited":
        rows = first.read_text("utf-8").splitlines(keepends=True)
        first.write_text("".join(rows[1:]), "utf-8")
    else:
        (proposed.recordings / "order+candidate-3.jsonl").write_bytes(first.read_bytes())
    proposed.env(CI="true")
    result = proposed.run()
    broken = damage != "another"
    result.assert_outcomes(passed=ENOUGH + 3 - broken, failed=1 + broken)
    result.stdout.fnmatch_lines([f"*{DAMAGE[damage]}*"])
    proposed.env(CI="")
    proposed.run("--promptevo-update-lock").assert_outcomes(passed=ENOUGH + 4)
    assert candidates(proposed) == [GOOD, FAIR]
    assert not (proposed.recordings / "order+candidate-3.jsonl").exists()


def test_a_candidate_that_fell_names_its_examples(proposed: Project) -> None:
    model = (proposed.root / "fake.py").read_text("utf-8")
    held_out = proposed.entry()["proposal"]["held_out"]["ids"]
    worse = [int(name.removeprefix("o-")) for name in held_out[:12]]
    proposed.write("fake.py", model.replace('"good": GOOD', f'"good": {worse}'))
    result = proposed.run("--promptevo-record=all")
    result.assert_outcomes(passed=ENOUGH + 2, failed=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "order[[]candidate-1]:",
            "on the 30 examples that its search never saw, fitness * is below the threshold 0.8",
            f"quality fell against the lock: *; lower: {held_out[0]} (1 -> 0), *",
            "  hint: pytest --promptevo-update-lock drops a candidate that does not keep its gate*",
            "order: candidate-1: fitness 0.6* on 30 examples that its search never saw*: FAIL",
        ]
    )


def test_a_candidate_that_no_longer_fits_is_dropped_and_told(proposed: Project) -> None:
    model = (proposed.root / "fake.py").read_text("utf-8")
    proposed.write("fake.py", model.replace('"good": GOOD', '"good": POOR'))
    result = proposed.run("--promptevo-record=all", "--promptevo-update-lock")
    result.stdout.fnmatch_lines(
        ["promptevo: order: candidate-1 dropped: fitness * is below the threshold 0.8"]
    )
    result.assert_outcomes(passed=ENOUGH + 3, skipped=1)
    assert candidates(proposed) == [FAIR]
    assert sorted(path.name for path in proposed.recordings.iterdir()) == [
        "order+candidate-1.jsonl", "order.jsonl",
    ]  # fmt: skip
    proposed.env(CI="true")
    proposed.run("--promptevo-locked").assert_outcomes(passed=ENOUGH + 3)


def test_an_update_that_changes_nothing_keeps_every_byte(proposed: Project) -> None:
    before = proposed.lock.read_bytes()
    proposed.forget()
    proposed.run("--promptevo-update-lock").assert_outcomes(passed=ENOUGH + 4)
    assert proposed.lock.read_bytes() == before
    assert proposed.calls == 0


def test_after_a_change_of_the_prompt_candidates_are_tested_again(proposed: Project) -> None:
    evidence = proposed.entry()["candidates"]
    proposed.change(prompt={"user": "{{instruction}}\nThe message: {{message}}\n"})
    asked = proposed.calls
    result = proposed.run()
    assert proposed.calls == asked + ENOUGH, "a plain run asks for the genome alone"
    result.assert_outcomes(passed=ENOUGH + 1, xfailed=3)
    proposed.run("--promptevo-update-lock").assert_outcomes(passed=ENOUGH + 4)
    assert proposed.calls == asked + ENOUGH + 2 * 30
    assert candidates(proposed) == [GOOD, FAIR]
    assert [each["recordings"] for each in proposed.entry()["candidates"]] != [
        each["recordings"] for each in evidence
    ]


def test_candidates_go_when_what_they_were_judged_by_is_gone(proposed: Project) -> None:
    held_out = set(proposed.entry()["proposal"]["held_out"]["ids"])
    rows = (proposed.root / "golden/order.jsonl").read_text("utf-8").splitlines(keepends=True)
    ids = [re.search(r'"id": "(o-\d+)"', row)[1] for row in rows]  # type: ignore[index]
    left = [row for row, name in zip(rows, ids, strict=True) if name not in sorted(held_out)[:20]]
    proposed.write("golden/order.jsonl", "".join(left))
    result = proposed.run("--promptevo-update-lock")
    result.stdout.fnmatch_lines(
        [
            "promptevo: order: candidate-1 dropped: too few of the 30 examples that its search "
            "never saw are left",
        ]
    )
    assert candidates(proposed) == []
    assert "reward" not in proposed.entry()


def _without(project: Project, ids: Collection[str]) -> None:
    text = (project.root / "golden/order.jsonl").read_text("utf-8")
    kept = [row for row in map(json.loads, text.splitlines()) if row["id"] not in ids]
    project.write("golden/order.jsonl", rows(kept))


def test_what_a_candidate_failed_counts_after_it_was_taken_out(proposed: Project) -> None:
    fair = proposed.entry()["candidates"][1]
    assert set(fair["failing"].values()) == {0.0}
    assert len(fair["failing"]) == len(fair["quality"])
    _without(proposed, fair["quality"])
    proposed.run("--promptevo-update-lock", "-q")
    assert candidates(proposed) == [GOOD, FAIR]
    kept = proposed.entry()["candidates"][1]
    assert (kept["failing"], "quality" in kept) == (fair["failing"], False)
    left = proposed.entry()["proposal"]["held_out"]["ids"]
    more = [int(name[2:]) for name in left[: 5 - len(fair["failing"])]]
    fails = f"(5, 16, 17, 20, {', '.join(map(str, more))})"
    proposed.write("fake.py", SKILLS.replace("(5, 16, 17, 20)", fails))
    result = proposed.run("--promptevo-update-lock", "-q", "--promptevo-record=all")
    worse = "candidate-2 dropped: worse than the locked genome by 0.167, more than the margin 0.15"
    result.stdout.fnmatch_lines([f"*{worse}"])
    assert candidates(proposed) == [GOOD]


def test_what_a_candidate_failed_counts_in_its_gate_too(proposed: Project) -> None:
    fair = proposed.entry()["candidates"][1]
    fitness = 1 - len(fair["quality"]) / 30
    _without(proposed, fair["quality"])
    proposed.change(rollout={"margin": 0.5})
    proposed.run("--promptevo-update-lock", "-q")
    proposed.change(threshold=0.99)
    result = proposed.run("-k", "candidate or fitness")
    gone = f"{len(fair['quality'])} of them gone or edited: at their worst"
    told = f"*({gone}), fitness {fitness:.4g} * is below the threshold 0.99"
    result.stdout.fnmatch_lines([told])
    result = proposed.run("--promptevo-update-lock", "-q")
    result.stdout.fnmatch_lines(["*candidate-2 dropped: *, with what it failed and is gone or *"])


def test_a_rollout_of_the_suite_stands_in_the_lock(project: Project) -> None:
    ranked(project, rollout={"stages": [0.2, 1.0], "margin": 0.15})
    project.run(*PROPOSE)
    assert project.entry()["rollout"] == {"stages": [0.2, 1.0], "margin": 0.15}
    project.change(rollout={"margin": 0.05})
    result = project.run("--promptevo-locked")
    result.assert_outcomes(passed=ENOUGH + 3, failed=1)
    result.stdout.fnmatch_lines(["*promptevo.lock does not match order: the rollout changed*"])
    result = project.run("--promptevo-update-lock")
    result.stdout.fnmatch_lines(
        [
            "promptevo: order: candidate-2 dropped: worse than the locked genome by 0.0667, more "
            "than the margin 0.05"
        ]
    )
    assert candidates(project) == [GOOD]


def test_no_candidates_stand_beside_a_genome_that_fails(project: Project) -> None:
    ranked(project, FAIR, threshold=0.99)
    project.change(search={"instruction": [FAIR, GOOD, POOR]})
    result = project.run(*PROPOSE)
    assert not project.lock.exists()
    assert "candidates are locked" not in str(result.stdout) or (
        "no candidates are locked: the present genome fails its gate" in str(result.stdout)
    )


def test_few_examples_give_no_candidates(project: Project) -> None:
    project.suite(count=6)
    result = project.run(*PROPOSE)
    result.stdout.fnmatch_lines(["order: no candidates: 6 examples are too few to hold some out*"])
    assert not project.lock.exists()


def test_new_candidates_need_a_lock_that_is_up_to_date(proposed: Project) -> None:
    proposed.change(threshold=0.5)
    before = proposed.lock.read_bytes()
    result = proposed.run(*PROPOSE)
    result.stdout.fnmatch_lines(
        ["promptevo: order: no candidates are locked: the lock is out of date: run *"]
    )
    assert proposed.lock.read_bytes() == before


@pytest.mark.parametrize("value", ["4", "-1", "many"])
def test_a_number_of_candidates_that_cannot_be_is_refused(project: Project, value: str) -> None:
    project.suite()
    result = project.run("--evolve", f"--promptevo-candidates={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*candidates: '{value}' is not a whole number from 0 to 3*"])


def test_candidates_without_a_search_are_refused_and_the_ini_setting_is_not(
    project: Project,
) -> None:
    project.suite()
    result = project.run("--promptevo-candidates=2")
    result.stderr.fnmatch_lines(["*--promptevo-candidates says what --evolve proposes*"])
    project.ini("promptevo_candidates = 2")
    project.run().assert_outcomes(passed=7)


def test_the_audit_asks_candidates_again(proposed: Project) -> None:
    result = proposed.run("--promptevo-audit=all")
    result.assert_outcomes(passed=ENOUGH + 4 + 3)
    result.stdout.fnmatch_lines(
        ["order[[]candidate-2]: audit: 30 of 30 recorded answers asked again: all equal *"]
    )
    forged = proposed.recordings / "order+candidate-1.jsonl"
    forged.write_text(forged.read_text("utf-8").replace('"none"', '"1021"'), "utf-8")
    lock = read_lock(proposed.lock)
    entry = lock.entries["order"]
    digest = committed_digest(forged.read_text("utf-8"))
    first = entry.candidates[0].model_copy(update={"recordings": digest, "quality": {}})
    changed = entry.model_copy(update={"candidates": [first, *entry.candidates[1:]]})
    write_lock(lock.with_entry("order", changed))
    proposed.run().assert_outcomes(passed=ENOUGH + 4)
    result = proposed.run("--promptevo-audit=all")
    result.assert_outcomes(passed=ENOUGH + 4 + 2, failed=1)
    result.stdout.fnmatch_lines(["order[[]candidate-1][[]audit]: 1 of 30 recorded answers are *"])


def test_a_model_from_the_command_line_has_no_candidates(proposed: Project) -> None:
    result = proposed.run("--promptevo-model=primary=scripted:fake:answer")
    result.assert_outcomes(passed=ENOUGH + 4)
    result = proposed.run("--promptevo-model=primary=scripted:fake:other", "-k", "candidate")
    result.assert_outcomes(skipped=2, deselected=ENOUGH + 2)


def test_a_part_that_is_accepted_keeps_the_candidates(proposed: Project) -> None:
    before = proposed.lock.read_bytes()
    proposed.run("-k", "o-5", "--promptevo-update-lock").assert_outcomes(
        passed=11, deselected=ENOUGH + 4 - 11
    )
    assert proposed.lock.read_bytes() == before
    rows = (proposed.root / "golden/order.jsonl").read_text("utf-8")
    proposed.write("golden/order.jsonl", rows.replace("order 1035 is", "order 1035 was"))
    result = proposed.run("-k", "o-5", "--promptevo-update-lock")
    result.assert_outcomes(passed=11, deselected=ENOUGH + 4 - 11)
    assert candidates(proposed) == [GOOD, FAIR]
    assert "o-5" not in proposed.entry()["proposal"]["held_out"]["ids"]
    proposed.env(CI="true")
    proposed.run("--promptevo-locked").assert_outcomes(passed=ENOUGH + 4)


NOISY = r"""
import random
import re

CHANCE = {"best": 0.97, "good": 0.95, "fair": 0.93, "poor": 0.4}


def answer(request):
    text = request.messages[-1].content
    number = re.search(r"\d{4}", text)[0]
    skill = re.search(r"Answer (\w+)", text)[1]
    drawn = random.Random(f"{text} {request.replicate} {request.params}").random()
    return number if drawn < CHANCE[skill] else "none"
"""


def test_above_temperature_0_candidates_are_drawn_for_the_test_and_again(project: Project) -> None:
    ranked(project, repeats=2, threshold=0.6)
    project.write("fake.py", NOISY)
    project.change(genome={"temperature": 0.8})
    project.run(*PROPOSE)
    entry = project.entry()
    assert set(candidates(project)) <= {GOOD, FAIR}
    assert [each["repeats"] for each in entry["candidates"]] == [2] * len(entry["candidates"])
    assert entry["candidates"]
    before = project.lock.read_bytes()
    project.forget()
    project.env(CI="true")
    result = project.run("--promptevo-locked")
    assert result.ret == pytest.ExitCode.OK
    project.run("--promptevo-update-lock", "--promptevo-record=none")
    assert project.lock.read_bytes() == before


@pytest.mark.parametrize("fails", [False, True])
def test_a_candidate_is_judged_by_examples_that_came_later(
    proposed: Project, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    before = candidates(proposed)
    if fails:
        careless = "    if skill == 'good' and number > 6000:\n        return 'none'\n    return"
        proposed.write("fake.py", SKILLS.replace("    return", careless))
    golden = proposed.root / "golden/order.jsonl"
    added = [example(f"n-{at}", 6001 + 7 * at) for at in range(40)]
    golden.write_text(golden.read_text() + rows(added))
    proposed.change(threshold=0.65)
    result = proposed.run("--promptevo-update-lock", "-q")
    if fails:
        result.stdout.fnmatch_lines(
            ["*candidate-1 dropped: fitness 0.4* is below the threshold 0.65*, with later examples"]
        )
        before.remove(GOOD)
    assert candidates(proposed) == before
    monkeypatch.setenv("CI", "true")
    proposed.run().assert_outcomes(passed=ENOUGH + 40 + 2 + len(before))


def test_a_candidate_that_fails_later_examples_fails_its_test(
    proposed: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    golden = proposed.root / "golden/order.jsonl"
    added = [example(f"n-{at}", 6001 + 7 * at) for at in range(40)]
    golden.write_text(golden.read_text() + rows(added))
    monkeypatch.setenv("CI", "true")
    result = proposed.run("-k", "candidate")
    assert result.parseoutcomes()["failed"] == len(candidates(proposed))
    result.stdout.fnmatch_lines(["*cannot judge order?candidate-1?: example 'n-0'*"])


def test_an_update_judges_a_candidate_as_its_test_does(proposed: Project) -> None:
    """Of held-out examples with the same inputs the worst counts, not their mean."""
    golden = proposed.root / "golden/order.jsonl"
    told = [json.loads(line) for line in golden.read_text().splitlines()]
    held_out = proposed.entry()["proposal"]["held_out"]["ids"]
    known = [row for row in told if row["id"] in held_out and row["id"] not in ("o-3", "o-18")]
    copied = [
        {"id": f"c-{row['id']}", "inputs": {**row["inputs"], "note": "x"}, "expected": "none"}
        for row in known[:6]
    ]
    golden.write_text(rows([*told, *copied]))
    proposed.change(threshold=0.85)
    proposed.run("--promptevo-update-lock", "-q", "-W", "ignore")
    assert candidates(proposed) == []
    proposed.env(CI="true")
    result = proposed.run("--promptevo-locked", "-q", "-W", "ignore")
    result.stdout.no_fnmatch_line("*_ order?candidate-1? _*")


def test_the_test_of_a_candidate_is_about_its_answers(project: Project) -> None:
    ranked(project)
    moods = (project.root / "moods.txt").as_posix()
    skills = SKILLS.replace(" in WRONG[skill]", " in (*WRONG[skill], *moods(skill))")
    lines = ["", "def moods(skill):", f"    path = Path({moods!r})"]
    lines.append("    return eval(path.read_text()).get(skill, ()) if path.exists() else ()")
    project.write("fake.py", skills + "\n".join([*lines, ""]))
    project.run(*PROPOSE, "-q")
    held_out = project.entry()["proposal"]["held_out"]["ids"]
    before = project.entry()["candidates"]
    worse = next(at for at in range(30, ENOUGH) if f"o-{at}" in held_out)
    project.write("moods.txt", repr({"good": [worse]}))  # what it is, nobody can see
    project.run("--promptevo-record=all", "--promptevo-update-lock", "-q")
    after = project.entry()["candidates"]
    assert candidates(project) == [GOOD, FAIR]
    assert f"o-{worse}" in after[0]["quality"]
    assert after[0]["confirmed"]["difference"]["mean"] == pytest.approx(
        before[0]["confirmed"]["difference"]["mean"] - 1 / 30, abs=1e-4
    )
