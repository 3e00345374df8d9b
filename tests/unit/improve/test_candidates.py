from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.evaluation.measure import baseline
from pytest_promptevo.evaluation.repeats import TEST_DRAW
from pytest_promptevo.improve.candidates import try_candidates
from pytest_promptevo.improve.contenders import contenders, told_of
from pytest_promptevo.improve.plan import Plan
from pytest_promptevo.improve.search import search
from pytest_promptevo.improve.winner import first_draw
from unit.support import make_entry, make_evaluator

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Request

SKILLS = {"best": (), "same": (), "good": (0, 1), "poor": range(0, 20, 2)}
PARTS: dict[str, Any] = {
    "prompt": {"user": "{{how}} {{message}}"},
    "genome": {"how": "best"},
    "search": {"how": list(SKILLS)},
    "golden": [
        {"id": f"e{at}", "inputs": {"message": f"order {at}"}, "expected": str(at)}
        for at in range(20)
    ],
    "objectives": {"quality": {"weight": 1.0}},
    "threshold": 0.4,
}


def skilled(request: Request) -> str:
    how, _, at = request.messages[-1].content.split()
    return "none" if int(at) in SKILLS[how] else at


def genomes(evaluator: Any, *names: str) -> list[Genome]:
    return [evaluator.suite.shipped.with_(how=name) for name in names]


def test_ties_and_what_falls_short_are_no_contenders(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, skilled, **PARTS, rollout={"margin": 0.2})
    before = evaluator.suite.shipped
    found = search(evaluator, before, Plan("classic", seed=1), baseline=baseline(evaluator, before))
    examples = [evaluator.suite.by_id[name] for name in evaluator.suite.by_id]
    seen = [each for each in examples if each.id not in found.unseen_ids]
    chosen, left_out = contenders(evaluator, found.result, before, before, seen, 3)
    assert [genome["how"] for genome in chosen] == ["good"]
    assert told_of(left_out) == (
        "of the other genomes of the search 1 behaved like the locked one, or like one before, on "
        "all of them, 1 fell short of the locked one by more than the margin"
    )
    assert contenders(evaluator, found.result, before, before, seen, 0)[0] == []


def test_genomes_that_behave_the_same_are_not_said_to_be_worse(tmp_path: Path) -> None:
    parts = {**PARTS, "search": {"how": ["best", "same"]}}
    evaluator, _ = make_evaluator(tmp_path, skilled, **parts)
    before = evaluator.suite.shipped
    plan = Plan("classic", seed=1, candidates=2)
    found = search(evaluator, before, plan, baseline=baseline(evaluator, before))
    assert found.notes == (
        "no candidates: of the other genomes of the search 1 behaved like the locked one, or like "
        "one before, on all of them",
    )


def test_a_search_tests_by_draws_that_accepted_nothing_yet(tmp_path: Path) -> None:
    asked: set[int] = set()

    def noisy(request: Request) -> str:
        asked.add(request.replicate)
        return skilled(request)

    parts = {**PARTS, "genome": {"how": "poor", "temperature": 1.0}}
    evaluator, _ = make_evaluator(tmp_path, noisy, **parts)
    before = evaluator.suite.shipped
    entries = [None, make_entry(), make_entry(search="accepted as it is, twice")]
    draws = [first_draw(entry) for entry in entries]
    assert draws[0] == TEST_DRAW
    assert len({*draws, first_draw(entries[1])}) == 3
    assert min(draws[1:]) > TEST_DRAW + 100
    plan = Plan("classic", seed=1, candidates=2, draw=draws[1])
    search(evaluator, before, plan, baseline=baseline(evaluator, before))
    assert draws[1] in asked
    assert TEST_DRAW not in asked


def test_a_candidate_that_breaks_the_gate_or_the_margin_is_left_out(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, skilled, **{**PARTS, "threshold": 0.6})
    locked = evaluator.suite.shipped
    known = baseline(evaluator, locked)
    trial = try_candidates(
        evaluator, locked, known, genomes(evaluator, "same", "good", "poor"),
        evaluator.suite.examples, seed=1,
    )  # fmt: skip
    same, good, poor = trial.tested
    assert [each.genome["how"] for each in trial.proposed] == ["same"]
    assert good.problem == "worse than the locked genome by 0.1, more than the margin 0.05"
    assert poor.problem.startswith("fitness 0.5 ")
    assert same.gates[0].figures == same.gates[1].figures
    assert (trial.scale.low, trial.scale.high) == (0.0, 1.0)
    assert len(trial.held_out) == 20


def test_copies_of_an_example_are_one_observation(tmp_path: Path) -> None:
    golden = [
        {"id": f"e{at}", "inputs": {"message": f"order {asked}"}, "expected": str(asked)}
        for at in range(20)
        for asked in [max(at, 10)]
    ]
    evaluator, _ = make_evaluator(tmp_path, skilled, **{**PARTS, "golden": golden})
    locked, examples = evaluator.suite.shipped, evaluator.suite.examples
    (poor,) = try_candidates(
        evaluator, locked, baseline(evaluator, locked), genomes(evaluator, "poor"), examples, 1
    ).tested
    assert poor.comparison.difference.n == poor.gates[1].figures.fitness.n == 10
    assert poor.comparison.difference.mean == pytest.approx(-0.5)


def test_near_duplicates_are_one_observation_and_their_gate_counts_each(tmp_path: Path) -> None:
    golden = [
        {"id": f"e{at}", "inputs": {"message": message}, "expected": message.split()[1]}
        for at, message in enumerate([*(f"order {at}" for at in range(19)), "Order 18"])
    ]
    evaluator, _ = make_evaluator(tmp_path, skilled, **{**PARTS, "golden": golden})
    locked, examples = evaluator.suite.shipped, evaluator.suite.examples
    assert len(set(evaluator.suite.duplicates.golden)) == 19
    (poor,) = try_candidates(
        evaluator, locked, baseline(evaluator, locked), genomes(evaluator, "poor"), examples, 1
    ).tested
    assert poor.comparison.difference.n == 19
    assert poor.gates[1].figures.fitness.n == 20


def test_above_temperature_0_what_is_committed_is_not_what_passed(tmp_path: Path) -> None:
    asked: list[int] = []

    def lucky(request: Request) -> str:
        asked.append(request.replicate)
        return request.messages[-1].content.split()[2] if request.replicate else "none"

    parts = {**PARTS, "genome": {"how": "best", "temperature": 1.0}, "threshold": 0.0}
    evaluator, _ = make_evaluator(tmp_path, lucky, **parts)
    locked = evaluator.suite.shipped
    known = baseline(evaluator, locked)
    held_out = evaluator.suite.examples[:5]
    trial = try_candidates(evaluator, locked, known, genomes(evaluator, "good"), held_out, 1)
    (tested,) = trial.tested
    assert {each.score.quality for each in tested.drawn} == {1.0}
    assert {each.score.quality for each in tested.evaluations} == {0.0}
    assert sorted(set(asked)) == [0, TEST_DRAW]
    assert len(asked) == 20 + 3 * 5


def test_latency_that_tokens_do_not_explain_does_not_count(tmp_path: Path) -> None:
    parts = {**PARTS, "objectives": {"quality": {}, "latency_ms": {"weight": -0.5}}}
    evaluator, _ = make_evaluator(tmp_path, skilled, **{**parts, "threshold": -99})
    locked = evaluator.suite.shipped
    known = baseline(evaluator, locked)
    (tested,) = try_candidates(
        evaluator, locked, known, genomes(evaluator, "same"), evaluator.suite.examples, 1
    ).tested
    assert tested.comparison.difference.mean == pytest.approx(0.0)
