from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import ContextOverflow, ModelUnavailable
from pytest_promptevo.evaluation.measure import baseline, measured
from pytest_promptevo.evolve import Confirmation, Result
from pytest_promptevo.fitness import Estimate, Objectives, Score, figures
from pytest_promptevo.improve import search as search_module
from pytest_promptevo.improve.decision import decide
from pytest_promptevo.improve.lock_entry import entry_for
from pytest_promptevo.improve.search import Outcome, Plan, search
from pytest_promptevo.lock import Entry, Search
from unit.support import make_evaluator, make_suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Request

PLAN = Plan("classic", seed=3)
TEXTS = ["Extract.", "Only the number."]
PARTS: dict[str, Any] = {
    "prompt": {"user": "{{how}} {{message}}"},
    "genome": {"how": TEXTS[0]},
    "search": {"how": TEXTS},
}
GOOD, BAD = [Score(1.0)] * 4, [Score(0.0)] * 4


def examples(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"e{at}", "inputs": {"message": f"order {at}"}, "expected": str(at)}
        for at in range(count)
    ]


def obedient(request: Request) -> str:
    text = request.messages[-1].content
    return text.split()[-1] if text.startswith(TEXTS[1]) else text


def result(recommended: Genome, **changes: Any) -> Result:
    values: dict[str, Any] = {
        "recommended": recommended,
        "fitness": figures(GOOD, Objectives()),
        "keeps_limits": True,
        "front": (),
        "calls": 12,
        "evaluations": 12,
        "generations": 2,
        "stopped": "converged",
        "trace": (),
        "history": (),
    }
    return Result(**{**values, **changes})


def confirmation(verdict: Any, detectable: float | None = 0.25) -> Confirmation:
    return Confirmation(20, Estimate(0.1, -0.1, 0.3, 20), 0.3, detectable, verdict)


@pytest.mark.parametrize(
    ("test", "fails", "held_out", "accepted", "reason"),
    [
        (None, True, (BAD, GOOD), True, "not confirmed: too few examples"),
        (
            confirmation("confirmed"),
            True,
            (BAD, GOOD),
            True,
            "confirmed on 20 held-out examples",
        ),
        (
            confirmation("confirmed"),
            False,
            (BAD, GOOD),
            True,
            "confirmed on 20 held-out examples",
        ),
        (confirmation("worse"), True, (GOOD, BAD), False, "worse on 20 held-out examples"),
        (confirmation("worse"), True, (BAD, GOOD), False, "worse on 20 held-out examples"),
        (
            confirmation("inconclusive"),
            True,
            (BAD, GOOD),
            True,
            "inconclusive on 20 held-out examples (p = 0.3; at least 0.25 could have been shown), "
            "but the old genome fails and the new one is better on both parts",
        ),
        (
            confirmation("inconclusive"),
            False,
            (BAD, GOOD),
            False,
            "inconclusive on 20 held-out examples (p = 0.3; at least 0.25 could have been shown): "
            "the old genome is kept",
        ),
        (
            confirmation("inconclusive", None),
            True,
            (GOOD, GOOD),
            False,
            "inconclusive on 20 held-out examples (p = 0.3): the old genome is kept",
        ),
    ],
)
def test_what_is_accepted(
    tmp_path: Path,
    test: Confirmation | None,
    fails: bool,
    held_out: tuple[list[Score], list[Score]],
    accepted: bool,
    reason: str,
) -> None:
    suite = make_suite(tmp_path, **PARTS)
    found = result(suite.shipped.with_(how=TEXTS[1]))
    gate = suite.judge(BAD if fails else GOOD)
    decided = decide(suite, found, suite.shipped, (gate, suite.judge(GOOD)), test, held_out)
    assert decided == (accepted, reason)


def test_too_few_examples_and_no_better_quality_keep_the_old_genome(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, **PARTS)
    found, gate = result(suite.shipped.with_(how=TEXTS[1])), suite.judge(BAD)
    accepted, reason = decide(suite, found, suite.shipped, (gate, gate), None, (BAD, BAD))
    assert not accepted
    assert "too few examples" in reason


@pytest.mark.parametrize("test", [None, confirmation("confirmed")])
def test_the_old_genome_is_no_new_one(tmp_path: Path, test: Confirmation | None) -> None:
    suite = make_suite(tmp_path, **PARTS)
    gate = suite.judge(BAD)
    decided = decide(suite, result(suite.shipped), suite.shipped, (gate, gate), test, (BAD, GOOD))
    assert decided == (False, "no better genome was found")


def test_a_budget_that_compares_nothing_is_told(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, **PARTS)
    gate, none = suite.judge(BAD), result(suite.shipped, stopped="budget", history=())
    decided = decide(suite, none, suite.shipped, (gate, gate), None, (BAD, BAD))
    assert decided == (
        False,
        "the budget ended before the first genomes were compared: allow for more",
    )


@pytest.fixture
def finding(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, Any]]:
    """Makes the search find a text, and returns what it was called with."""

    def find(text: str) -> dict[str, Any]:
        seen: dict[str, Any] = {}

        def evolve(space: Any, part: Any, evaluate: Any, **options: Any) -> Result:
            seen.update(options, space=space, examples=part, evaluate=evaluate)
            return result(options["initial"].with_(how=text))

        monkeypatch.setattr(search_module, "evolve", evolve)
        return seen

    return find


def evaluator_for(folder: Path, count: int) -> Evaluator:
    return make_evaluator(folder, obedient, **{**PARTS, "golden": examples(count)})[0]


def test_a_better_genome_is_confirmed_on_examples_that_the_search_never_saw(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    seen = finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, 60)
    outcome = search(evaluator, evaluator.suite.shipped, PLAN)
    assert (len(seen["examples"]), outcome.held_out[0].figures.fitness.n) == (30, 30)
    assert outcome.accepted
    assert outcome.after["how"] == TEXTS[1]
    assert outcome.gate.passes
    assert outcome.gate.figures.fitness.n == 60


def test_a_worse_genome_is_not_accepted(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    finding(TEXTS[0])
    evaluator = evaluator_for(tmp_path, 60)
    before = evaluator.suite.shipped.with_(how=TEXTS[1])
    outcome = search(evaluator, before, PLAN)
    assert (outcome.accepted, outcome.after) == (False, before)
    assert outcome.reason == "worse on 30 held-out examples"


def test_with_few_examples_all_are_searched_and_none_confirm(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    seen = finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, 15)
    outcome = search(evaluator, evaluator.suite.shipped, PLAN)
    assert (len(seen["examples"]), outcome.confirmation) == (15, None)
    assert (outcome.accepted, outcome.reason) == (True, "not confirmed: too few examples")


def test_the_search_gets_the_plan(tmp_path: Path, finding: Callable[[str], dict[str, Any]]) -> None:
    seen = finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, 4)
    search(evaluator, evaluator.suite.shipped, PLAN)
    assert (seen["strategy"], seen["budget"], seen["workers"]) == ("classic", None, 4)
    assert seen["evaluate"](evaluator.suite.shipped, evaluator.suite.examples[0]).score.quality == 0


@pytest.mark.parametrize("parts", [{}, {"search": {"how": TEXTS[:1]}}, {"search": None}])
def test_a_suite_in_which_nothing_may_vary_is_not_searched(tmp_path: Path, parts: Any) -> None:
    given = {**PARTS, **parts} if parts else {}
    evaluator, _ = make_evaluator(tmp_path, obedient, **given)
    with pytest.raises(ValueError, match="nothing may vary"):
        search(evaluator, evaluator.suite.shipped, PLAN)


def failing(error: Exception) -> Callable[[Request], str]:
    def answer(_request: Request) -> str:
        raise error

    return answer


def test_a_prompt_that_does_not_fit_scores_nothing(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, failing(ContextOverflow("too long")))
    suite = evaluator.suite
    done = measured(evaluator, suite.shipped, suite.examples)
    assert [evaluation.score for evaluation in done] == [Score(0.0)] * 2


@pytest.mark.parametrize("error", [ModelUnavailable("gone"), ContextOverflow("too long")])
def test_a_baseline_needs_every_example(tmp_path: Path, error: Exception) -> None:
    evaluator, _ = make_evaluator(tmp_path, failing(error))
    with pytest.raises(type(error)):
        baseline(evaluator, evaluator.suite.shipped)


def test_a_model_that_is_gone_ends_the_scores(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, failing(ModelUnavailable("gone")))
    with pytest.raises(ModelUnavailable):
        measured(evaluator, evaluator.suite.shipped, evaluator.suite.examples)


def as_it_is(evaluator: Evaluator, old: Entry | None = None) -> Entry:
    genome = evaluator.suite.shipped
    return entry_for(evaluator, genome, baseline(evaluator, genome), old)


def of_search(evaluator: Evaluator, outcome: Outcome) -> Entry:
    evaluations = outcome.evaluations[outcome.after]
    return entry_for(evaluator, outcome.after, evaluations, None, (outcome, PLAN))


def test_what_is_known_is_not_evaluated_again(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    seen = finding(TEXTS[0])
    evaluator = evaluator_for(tmp_path, 4)
    known = baseline(evaluator, evaluator.suite.shipped)
    outcome = search(evaluator, evaluator.suite.shipped, PLAN, baseline=known)
    assert all(map(operator.is_, outcome.evaluations[outcome.before], known))
    assert seen["evaluate"](evaluator.suite.shipped, evaluator.suite.examples[2]) is known[2]


def test_an_entry_accepts_a_genome_as_it_is(tmp_path: Path) -> None:
    evaluator = evaluator_for(tmp_path, 3)
    entry = as_it_is(evaluator)
    assert entry.search == "accepted as it is"
    assert (set(entry.figures), entry.replaces) == ({"after"}, {})
    assert entry.known_failures == ["e0", "e1", "e2"]
    assert entry.genome == {"how": "Extract.", "model": "primary"}
    assert entry.fingerprints == evaluator.suite.fingerprints


def test_an_entry_of_a_search_holds_its_evidence(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, 60)
    outcome = search(evaluator, evaluator.suite.shipped, PLAN)
    entry = of_search(evaluator, outcome)
    assert (entry.replaces, entry.known_failures) == ({"how": "Extract."}, [])
    assert entry.figures["before"].quality.mean == 0
    assert entry.figures["after"].quality.mean == 1
    assert isinstance(entry.search, Search)
    assert (entry.search.strategy, entry.search.seed, entry.search.calls) == ("classic", 3, 12)
    assert not isinstance(entry.search.confirmed, str)
    assert (entry.search.confirmed.n, entry.search.confirmed.verdict) == (30, "confirmed")


def test_accepting_the_locked_genome_anew_keeps_how_it_was_found(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, 60)
    outcome = search(evaluator, evaluator.suite.shipped, PLAN)
    old = of_search(evaluator, outcome)
    found = outcome.evaluations[outcome.after]
    assert entry_for(evaluator, outcome.after, found, old) == old
    other = as_it_is(evaluator, old)
    assert other.search == "accepted as it is"


def test_an_entry_holds_its_shots_whole(tmp_path: Path) -> None:
    shots = [{"id": "s", "inputs": {"message": "in"}, "expected": {"n": 1}}]
    evaluator, _ = make_evaluator(
        tmp_path,
        obedient,
        search={"shots": {"few_shot": shots, "max": 1}},
        genome={"shots": ["s"]},
    )
    (shot,) = as_it_is(evaluator).shots
    assert (shot.id, shot.inputs, shot.expected) == ("s", {"message": "in"}, {"n": 1})


def test_a_model_out_of_reach_has_an_unknown_digest(tmp_path: Path) -> None:
    models = {"primary": "scripted:answers:echo", "other": "scripted:no:server"}
    evaluator, model = make_evaluator(tmp_path, obedient, models=models)

    def connect(reference: str) -> Any:
        if reference == models["other"]:
            raise ModelUnavailable("no server")
        return model

    evaluator.answers.connect = connect
    entry = as_it_is(evaluator)
    assert entry.models["other"].digest == "unknown"
    assert entry.models["primary"].digest == model.digest()


def test_the_split_tears_no_duplicates_apart(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    seen = finding(TEXTS[1])
    golden = examples(40)
    copies = [{**each, "id": f"{each['id']}-copy"} for each in golden]
    evaluator = make_evaluator(tmp_path, obedient, **{**PARTS, "golden": [*golden, *copies]})[0]
    search(evaluator, evaluator.suite.shipped, PLAN)
    searched = {example.id for example in seen["examples"]}
    assert len(searched) == 40
    assert all((f"e{index}" in searched) == (f"e{index}-copy" in searched) for index in range(40))
