"""Changes that make no difference are taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.evolve import Result
from pytest_promptevo.fitness import Objectives, figures
from pytest_promptevo.improve.plan import Plan
from pytest_promptevo.improve.search import search
from pytest_promptevo.improve.simplify import simplified
from unit.support import make_evaluator

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Request

PARTS: dict[str, Any] = {
    "prompt": {"user": "{{how}} {{message}}"},
    "genome": {"how": "Extract.", "max_tokens": 64},
    "search": {
        "how": ["Extract.", "Only the number."],
        "max_tokens": {"low": 2, "high": 64},
    },
}


def obedient(request: Request) -> str:
    text = request.messages[-1].content
    return text.split()[-1] if text.startswith("Only") else text


def result(evaluator: Evaluator, *genomes: Genome) -> Result:
    """A search that evaluated some genomes on all examples and recommends the first."""
    scored = {
        genome: {
            index: evaluator.evaluate(genome, example)
            for index, example in enumerate(evaluator.suite.examples)
        }
        for genome in genomes
    }
    return Result(
        recommended=genomes[0],
        fitness=figures([each.score for each in scored[genomes[0]].values()], Objectives()),
        keeps_limits=True,
        front=(),
        calls=4,
        evaluations=4,
        generations=1,
        stopped="converged",
        trace=((4, genomes[0]),),
        history=(),
        scored=scored,
    )


@pytest.fixture
def evaluator(tmp_path: Path) -> Evaluator:
    return make_evaluator(tmp_path, obedient, **PARTS)[0]


def test_a_limit_that_no_answer_reaches_goes_back_without_a_call(evaluator: Evaluator) -> None:
    before = evaluator.suite.shipped
    found = before.with_(how="Only the number.", max_tokens=8)
    given, paid = result(evaluator, found, before), evaluator.answers.paid
    simple = simplified(evaluator, given, before, evaluator.suite.examples)
    assert simple.recommended == before.with_(how="Only the number.")
    assert evaluator.answers.paid == paid
    assert simple.trace[-1] == (given.calls, simple.recommended)
    scores = [each.score for each in simple.scored[simple.recommended].values()]
    assert scores == [each.score for each in given.scored[found].values()]


def test_a_change_that_makes_the_difference_stays(evaluator: Evaluator) -> None:
    before = evaluator.suite.shipped
    given = result(evaluator, before.with_(how="Only the number."), before)
    assert simplified(evaluator, given, before, evaluator.suite.examples) is given


def test_what_the_search_has_not_asked_is_not_asked_for_it(evaluator: Evaluator) -> None:
    before = evaluator.suite.shipped
    found = before.with_(temperature=0.5)
    given, paid = result(evaluator, found), evaluator.answers.paid
    for example in evaluator.suite.examples:  # recorded, but not by this search
        evaluator.evaluate(before, example)
    assert simplified(evaluator, given, before, evaluator.suite.examples) is given
    assert evaluator.answers.paid == paid + len(evaluator.suite.examples)


def test_one_score_that_differs_is_a_difference(tmp_path: Path) -> None:
    def uneven(request: Request) -> str:
        text = request.messages[-1].content
        return "11" if text.startswith("Only") else text.split()[-1]

    evaluator, _ = make_evaluator(tmp_path, uneven, **PARTS)
    before = evaluator.suite.shipped
    given = result(evaluator, before.with_(how="Only the number."), before)
    assert simplified(evaluator, given, before, evaluator.suite.examples) is given


def test_a_search_locks_only_what_matters(tmp_path: Path) -> None:
    golden = [
        {"id": f"e{number}", "inputs": {"message": f"order {number}"}, "expected": str(number)}
        for number in range(40)
    ]
    evaluator, _ = make_evaluator(tmp_path, obedient, **PARTS, golden=golden)
    before = evaluator.suite.shipped
    for seed in range(5):
        found = search(evaluator, before, Plan("classic", seed)).result.recommended
        assert found == before.with_(how="Only the number.")
