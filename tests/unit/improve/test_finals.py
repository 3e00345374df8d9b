"""The best genomes of a search over many examples see more of them while they are close."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_promptevo.evaluation.call_counter import CallCounter
from pytest_promptevo.evolve import Budget, Result, Split
from pytest_promptevo.evolve.splitting import MOST_SEARCHED
from pytest_promptevo.fitness import Objectives, figures
from pytest_promptevo.improve.contenders import contenders, told_of
from pytest_promptevo.improve.finals import BLOCK, Finals
from pytest_promptevo.improve.plan import Plan, split_of
from pytest_promptevo.improve.search import search
from pytest_promptevo.improve.spending import most_calls
from unit.support import make_evaluator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Completion, Example, Request

HOW = ["poor", "fair", "good", "good too"]
SHARES = {"poor": 0.3, "fair": 0.6, "good": 0.8, "good too": 0.8}
PARTS: dict[str, Any] = {
    "prompt": {"user": "{{how}}: {{message}}"},
    "genome": {"how": "poor"},
    "search": {"how": HOW},
    "objectives": {"quality": {}},
}
SEARCHED, SPARE = 100, 300


def golden(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"e-{index}", "inputs": {"message": f"question {index * 7919}"}, "expected": "yes"}
        for index in range(count)
    ]


def answer(request: Request) -> str:
    """Says yes as often as the instruction is good, each time by what the question is."""
    how, _, message = request.messages[-1].content.partition(": ")
    luck = zlib.crc32(f"{how[:4]}{message}".encode()) % 1000
    return "yes" if luck < 1000 * SHARES[how] else "no"


@pytest.fixture
def evaluator(tmp_path: Path) -> Evaluator:
    return make_evaluator(tmp_path, answer, **PARTS, golden=golden(SEARCHED + SPARE))[0]


class Scene:
    """A search that has evaluated all genomes on the first examples."""

    def __init__(self, evaluator: Evaluator, *, best: str, luck: Mapping[str, int] = {}) -> None:
        self.evaluator, self.asked = evaluator, list[tuple[str, str]]()
        self.before = evaluator.suite.shipped
        self.genomes = {how: self.before.with_(how=how) for how in HOW}
        self.searched = evaluator.suite.examples[:SEARCHED]
        self.spare = evaluator.suite.examples[SEARCHED:]
        self.luck = luck
        scored = {
            genome: {
                index: self._lucky(how, index, evaluator.evaluate(genome, example))
                for index, example in enumerate(self.searched)
            }
            for how, genome in self.genomes.items()
        }
        scores = [each.score for each in scored[self.genomes[best]].values()]
        self.result = Result(
            recommended=self.genomes[best],
            fitness=figures(scores, Objectives()),
            keeps_limits=True,
            front=(),
            calls=400,
            evaluations=400,
            generations=1,
            stopped="converged",
            trace=((400, self.genomes[best]),),
            history=(),
            scored=scored,
            tokens=10.0,
        )

    def _lucky(self, how: str, index: int, made: Evaluation) -> Evaluation:
        is_lucky = index < self.luck.get(how, 0)
        return replace(made, score=replace(made.score, quality=1.0)) if is_lucky else made

    def evaluate(self, genome: Genome, example: Example) -> Evaluation:
        self.asked.append((genome["how"], example.id))
        return self.evaluator.evaluate(genome, example)

    def held(
        self, left: float = float("inf"), **changes: Any
    ) -> tuple[Result, tuple[Example, ...]]:
        finals = Finals(self.evaluator, self.evaluate, CallCounter(), self.before, left)
        return finals.held(replace(self.result, **changes), self.searched, self.spare)


def test_one_that_was_lucky_falls_behind_and_the_better_one_is_found(evaluator: Evaluator) -> None:
    scene = Scene(evaluator, best="fair", luck={"fair": 60})
    found, examples = scene.held()
    assert found.recommended["how"] in ("good", "good too")
    assert found.trace == (*scene.result.trace, (400, found.recommended))
    assert examples[:SEARCHED] == scene.searched
    assert examples[SEARCHED:] == scene.spare[: len(examples) - SEARCHED]
    assert len(found.scored[found.recommended]) == len(examples)
    assert found.fitness.fitness.n == len(examples)
    assert "poor" not in {how for how, _ in scene.asked}


def test_calls_and_scores_are_counted(evaluator: Evaluator) -> None:
    scene = Scene(evaluator, best="fair", luck={"fair": 60})
    found, _ = scene.held()
    assert len(scene.asked) == len(set(scene.asked)) > 0
    assert found.calls == 400 + len(scene.asked)
    assert found.evaluations == 400 + len(scene.asked)
    assert found.tokens > 10.0 + len(scene.asked)


def test_a_clear_winner_sees_nothing_more(evaluator: Evaluator) -> None:
    scene = Scene(evaluator, best="good", luck={"good": 100})
    found, examples = scene.held()
    assert found.recommended == scene.result.recommended
    assert examples == scene.searched
    assert scene.asked == []


def test_genomes_that_behave_alike_see_nothing_more_and_the_old_value_wins(
    evaluator: Evaluator,
) -> None:
    scene = Scene(evaluator, best="good too", luck={"good": 100, "good too": 100})
    scene.before = scene.genomes["good"]
    found, examples = scene.held()
    assert found.recommended == scene.before
    assert examples == scene.searched


@pytest.mark.parametrize("stopped", ["budget", "interrupted"])
def test_a_search_that_had_to_end_has_none(evaluator: Evaluator, stopped: str) -> None:
    scene = Scene(evaluator, best="fair", luck={"fair": 60})
    found, examples = scene.held(stopped=stopped)
    assert (found.recommended["how"], examples, scene.asked) == ("fair", scene.searched, [])


@pytest.mark.parametrize("blocks", [0, 1])
def test_they_end_before_the_calls_do(evaluator: Evaluator, blocks: int) -> None:
    scene = Scene(evaluator, best="fair", luck={"fair": 60})
    scene.held()
    finalists = len({how for how, _ in scene.asked})
    scene.asked.clear()
    left = blocks * finalists * BLOCK + BLOCK - 1
    _, examples = scene.held(left)
    assert len(scene.asked) <= left
    assert len(examples) == SEARCHED + blocks * BLOCK


def test_who_has_not_seen_all_is_no_finalist(evaluator: Evaluator) -> None:
    scene = Scene(evaluator, best="fair", luck={"fair": 60})
    scored = {
        genome: dict(list(seen.items())[:90]) if genome["how"] == "good" else seen
        for genome, seen in scene.result.scored.items()
    }
    scene.held(scored=scored)
    assert "good" not in {how for how, _ in scene.asked}


@pytest.mark.parametrize(("count", "searched", "spare"), [(200, 100, 0), (500, 100, 150)])
def test_a_search_over_many_examples_sees_a_hundred(
    tmp_path: Path, count: int, searched: int, spare: int
) -> None:
    suite = make_evaluator(tmp_path, answer, **PARTS, golden=golden(count))[0].suite
    parts, _ = split_of(suite, Plan("racing", 1))
    assert (len(parts.search), len(parts.spare), len(parts.confirm)) == (
        searched,
        spare,
        count - searched - spare,
    )
    ids = [example.id for side in (parts.search, parts.spare, parts.confirm) for example in side]
    assert sorted(ids) == sorted(suite.by_id)


def test_the_order_of_spare_examples_follows_from_the_seed_alone() -> None:
    parts = Split(tuple(range(300)), ("x",))
    again = [parts.narrowed(np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert again[0] == again[1] != again[2]
    assert list(again[0].search) == sorted(again[0].search)
    assert list(again[0].spare) != sorted(again[0].spare)
    small = Split(tuple(range(MOST_SEARCHED)), ())
    assert small.narrowed(np.random.default_rng(1)) is small


@pytest.mark.parametrize("budget", [None, Budget(calls=2000)])
def test_a_whole_search_keeps_to_what_it_has_told(tmp_path: Path, budget: Budget | None) -> None:
    calls: list[str] = []

    def asked(request: Request) -> str | Completion:
        calls.append(request.messages_key)
        return answer(request)

    evaluator, _ = make_evaluator(tmp_path, asked, **PARTS, golden=golden(500))
    suite, plan = evaluator.suite, Plan("racing", 1, budget)
    parts, _ = split_of(suite, plan)
    outcome = search(evaluator, suite.shipped, plan)
    assert outcome.accepted
    assert outcome.after["how"] in ("good", "good too")
    most = most_calls(budget, suite, suite.shipped, parts)
    assert most is not None
    assert len(calls) == len(set(calls)) <= outcome.calls <= most
    seen = len(outcome.searched_ids)
    assert MOST_SEARCHED <= seen <= len(parts.search) + len(parts.spare)
    assert outcome.unseen_ids == tuple(example.id for example in parts.confirm)
    assert not {*outcome.searched_ids} & {*outcome.unseen_ids}
    assert len(outcome.evaluations[outcome.after]) == 500


def test_finalists_that_lost_may_become_candidates(evaluator: Evaluator) -> None:
    scene = Scene(evaluator, best="fair", luck={"fair": 60})
    found, examples = scene.held()
    locked, left = found.recommended, found.scored
    assert len(examples) > SEARCHED
    assert len(left[scene.genomes["poor"]]) == SEARCHED
    others, left_out = contenders(evaluator, found, scene.before, locked, scene.searched, 3)
    assert [genome["how"][:4] for genome in others] == ["good"]
    assert "did not see all" not in told_of(left_out)
