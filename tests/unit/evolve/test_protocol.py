"""A scripted strategy that looks at feedback and asks for proposals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve import STRATEGIES, Budget, Proposal, Result, evolve
from pytest_promptevo.evolve.names import DEFAULT_STRATEGY, STRATEGY_NAMES
from pytest_promptevo.evolve.protocol import Lesson, Propose
from pytest_promptevo.fitness import Feedback, Score, Scored
from pytest_promptevo.genome import Choice, Genome, SearchSpace

if TYPE_CHECKING:
    from pytest_promptevo.evolve.protocol import Search, Steps

SPACE = SearchSpace({"text": Choice(["Extract.", "Be exact."])})
INITIAL = Genome({"text": "Extract."})
EXAMPLES = ["a", "b", "c"]
BETTER = "Only the number."


def reflecting(search: Search) -> Steps:
    """Asks for a text in view of what went wrong, and evaluates it."""
    search.begin()
    scored = yield search.on_all_examples([search.initial])
    assert isinstance(scored, list)
    lessons = tuple(
        Lesson(index, done.feedback) for index, done in enumerate(scored) if done.score.quality < 1
    )
    proposal = yield Propose("text", search.initial, lessons, count=2)
    assert isinstance(proposal, Proposal)
    children = [search.initial.with_(text=text) for text in proposal.values]
    yield search.on_all_examples(children)
    search.close([search.initial, *children])
    return "proposals used up"


def evaluate(genome: Genome, example: str) -> Scored:
    is_right = genome["text"] == BETTER or example == "b"
    feedback = Feedback(f"the number {example}", "" if is_right else f"expected {example}")
    return Scored(Score(float(is_right), tokens=10), feedback)


@pytest.fixture(autouse=True)
def strategy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STRATEGIES, "reflecting", reflecting)


def searched(proposal: Any, **options: Any) -> tuple[Result, list[Propose]]:
    steps: list[Propose] = []

    def propose(step: Propose) -> Any:
        steps.append(step)
        return proposal

    options = {"propose": propose, "initial": INITIAL, "rng": 0, **options}
    return evolve(SPACE, EXAMPLES, evaluate, strategy="reflecting", **options), steps


def test_a_strategy_sees_output_and_reason_and_its_proposals_are_evaluated() -> None:
    result, steps = searched(Proposal((BETTER, "Be exact."), calls=3, tokens=500))
    assert steps == [
        Propose(
            "text",
            INITIAL,
            (
                Lesson(0, Feedback("the number a", "expected a")),
                Lesson(2, Feedback("the number c", "expected c")),
            ),
            2,
        )
    ]
    assert result.recommended["text"] == BETTER
    assert result.stopped == "proposals used up"
    assert (result.calls, result.proposals, result.evaluations) == (12, 3, 9)
    assert result.scored[result.recommended][1].feedback.output == "the number b"


def test_proposals_are_paid_from_the_budget_in_calls() -> None:
    result, steps = searched(Proposal((BETTER,), calls=3), budget=Budget(calls=6))
    assert (result.stopped, result.calls, len(steps)) == ("budget", 6, 1)
    assert result.recommended == INITIAL
    result, steps = searched(Proposal((BETTER,), calls=3), budget=Budget(calls=3))
    assert (result.stopped, steps) == ("budget", [])


def test_proposals_are_paid_from_the_budget_in_tokens() -> None:
    result, _ = searched(Proposal((BETTER,), calls=1, tokens=500), budget=Budget(tokens=400))
    assert (result.stopped, result.evaluations) == ("budget", 3)


def proposing(search: Search) -> Steps:
    """Asks for texts without end and evaluates none."""
    for _ in range(50):
        yield Propose("text", search.initial)
    return "proposals used up"


@pytest.mark.parametrize(
    ("budget", "steps"), [(Budget(tokens=1000), 1), (Budget(calls=3), 3), (Budget(seconds=5), 1)]
)
def test_proposals_alone_end_with_the_budget(
    monkeypatch: pytest.MonkeyPatch, budget: Budget, steps: int
) -> None:
    monkeypatch.setitem(STRATEGIES, "reflecting", proposing)
    seconds, asked = iter(range(0, 10_000, 10)), []

    def propose(step: Propose) -> Proposal:
        asked.append(step)
        return Proposal((), calls=1, tokens=5000)

    with pytest.raises(SettingsError, match="ended before anything was evaluated"):
        searched(None, propose=propose, budget=budget, clock=lambda: float(next(seconds)))
    assert len(asked) == steps


def test_no_proposal_is_an_answer_too() -> None:
    result, _ = searched(Proposal(()))
    assert (result.recommended, result.evaluations) == (INITIAL, 3)


@pytest.mark.parametrize(
    ("returned", "told"),
    [
        ([BETTER], "propose must return a Proposal, not a list"),
        (Proposal((), calls=-1), "propose must return a whole number of calls, not -1"),
        (Proposal((), tokens=float("nan")), "a Proposal with tokens nan: none or more"),
    ],
)
def test_what_is_no_proposal_is_told(returned: Any, told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        searched(returned)


def test_a_strategy_that_proposes_needs_somebody_who_does() -> None:
    with pytest.raises(SettingsError, match="'reflecting' proposes values of 'text': give evolve"):
        searched(None, propose=None)


def test_a_cost_is_told_all_that_evaluate_returned() -> None:
    seen: list[Any] = []

    def cost(_genome: Genome, _example: str, scored: Scored) -> int:
        seen.append(scored.feedback.output)
        return 1

    searched(Proposal(()), cost=cost)
    assert seen == ["the number a", "the number b", "the number c"]


def test_the_names_of_strategies_stand_in_one_place() -> None:
    assert {*STRATEGIES} - {"reflecting"} == set(STRATEGY_NAMES)
    assert DEFAULT_STRATEGY in STRATEGY_NAMES
