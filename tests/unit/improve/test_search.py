from __future__ import annotations

import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import ContextOverflow, ModelUnavailable, SettingsError
from pytest_promptevo.evaluation.measure import baseline, measured
from pytest_promptevo.evolve import Budget, Result
from pytest_promptevo.evolve.splitting import FEWEST
from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.improve import search as search_module
from pytest_promptevo.improve.lock_entry import entry_for
from pytest_promptevo.improve.plan import Outcome, Plan
from pytest_promptevo.improve.search import search
from pytest_promptevo.lock import Entry, Search
from unit.support import make_evaluator

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
    "objectives": {"quality": {"weight": 1.0}},
}


def examples(count: int) -> list[dict[str, Any]]:
    return [
        {"id": f"e{index}", "inputs": {"message": f"order {index}"}, "expected": str(index)}
        for index in range(count)
    ]


def obedient(request: Request) -> str:
    text = request.messages[-1].content
    return text.split()[-1] if text.startswith(TEXTS[1]) else text


def result(recommended: Genome, **changes: Any) -> Result:
    values: dict[str, Any] = {
        "recommended": recommended,
        "fitness": figures([Score(1.0)], Objectives()),
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
    searched, unseen = {example.id for example in seen["examples"]}, set(outcome.unseen_ids)
    assert searched | unseen == set(evaluator.suite.by_id)
    assert not searched & unseen
    assert outcome.confirmation is not None
    assert len(unseen) == outcome.confirmation.n > 0
    before, after = (gate.figures.objectives["quality"] for gate in outcome.unseen)
    assert (before.mean, before.n) == (0, len(unseen))
    assert (after.mean, after.n) == (1, len(unseen))
    assert outcome.accepted
    assert outcome.reason == f"confirmed on {len(unseen)} held-out examples"
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
    assert outcome.reason == f"worse on {len(outcome.unseen_ids)} held-out examples"


def test_copies_of_a_held_out_example_are_one_observation(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    """Three messages, ten times each, are no thirty: one test could not find them better."""
    finding(TEXTS[1])
    copied = [
        {"id": f"c{at}", "inputs": {"message": f"copied {at % 6}"}, "expected": str(at % 6)}
        for at in range(60)
    ]
    evaluator = make_evaluator(tmp_path, obedient, **{**PARTS, "golden": copied})[0]
    outcome = search(evaluator, evaluator.suite.shipped, PLAN)
    assert len(outcome.unseen_ids) == 30
    assert outcome.confirmation is not None
    assert [outcome.confirmation.n, *(gate.figures.fitness.n for gate in outcome.unseen)] == [3] * 3
    assert (outcome.accepted, outcome.confirmation.verdict) == (False, "inconclusive")


def test_near_duplicates_are_one_observation(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    finding(TEXTS[1])
    greetings = ("", "hello ", "please ", "well ", "so ")
    near = [
        {
            "id": f"n{at}-{greeting.strip()}",
            "inputs": {"message": f"{greeting}{word} parcel of {word} and {word} silk {at}"},
            "expected": str(at),
        }
        for at, word in enumerate(["red", "green", "blue", "black", "white", "brown"])
        for greeting in greetings
    ]
    evaluator = make_evaluator(tmp_path, obedient, **{**PARTS, "golden": near})[0]
    assert len(set(evaluator.suite.duplicates.golden)) == 6
    outcome = search(evaluator, evaluator.suite.shipped, PLAN)
    assert len(outcome.unseen_ids) == 15
    assert outcome.confirmation is not None
    assert [outcome.confirmation.n, *(gate.figures.fitness.n for gate in outcome.unseen)] == [
        3, 15, 15,
    ]  # fmt: skip
    assert (outcome.accepted, outcome.confirmation.verdict) == (False, "inconclusive")
    assert "inconclusive on 15 held-out examples (near-duplicates count as one: 3) (" in (
        outcome.reason
    )


def test_with_few_examples_all_are_searched_and_none_is_locked(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    seen, few = finding(TEXTS[1]), FEWEST - 1
    evaluator = evaluator_for(tmp_path, few)
    before = evaluator.suite.shipped
    outcome = search(evaluator, before, PLAN)
    assert (len(seen["examples"]), outcome.confirmation, outcome.unseen_ids) == (few, None, ())
    assert (outcome.accepted, outcome.after) == (False, before)
    assert f"{few} examples are too few to hold some out" in outcome.reason
    assert [gate.figures.fitness.n for gate in outcome.unseen] == [few, few]


def test_what_is_not_confirmed_is_taken_where_that_is_asked_for(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, 4)
    plan = replace(PLAN, accepts_inconclusive=True)
    outcome = search(evaluator, evaluator.suite.shipped, plan)
    assert (outcome.accepted, outcome.after["how"]) == (True, TEXTS[1])
    entry = of_search(evaluator, outcome)
    assert isinstance(entry.search, Search)
    assert (entry.search.confirmed, entry.held_out) == (outcome.reason, None)


def test_nothing_found_needs_no_second_half_of_the_calls(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    finding(TEXTS[0])
    evaluator = evaluator_for(tmp_path, 60)
    outcome = search(evaluator, evaluator.suite.shipped, PLAN)
    assert outcome.reason == "no better genome was found"
    assert outcome.calls == 12 + 60


@pytest.mark.parametrize("count", [10, FEWEST, 100])
def test_baseline_search_and_test_share_the_budget(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]], count: int
) -> None:
    seen = finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, count)
    plan = replace(PLAN, budget=Budget(calls=2 * count, tokens=900))
    outcome = search(evaluator, evaluator.suite.shipped, plan)
    left = 2 * count - count - len(outcome.unseen_ids)
    assert seen["budget"] == Budget(calls=left, tokens=900)
    assert left == len(seen["examples"])


@pytest.mark.parametrize("count", [10, FEWEST, 100])
def test_a_budget_that_cannot_compare_two_genomes_is_refused(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]], count: int
) -> None:
    seen = finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, count)
    plan = replace(PLAN, budget=Budget(calls=2 * count - 1))
    said = f"orders: a budget of {2 * count - 1} calls cannot compare two genomes on {count} "
    with pytest.raises(SettingsError, match=f"{said}examples: allow for {2 * count} at least"):
        search(evaluator, evaluator.suite.shipped, plan)
    assert seen == {}


def test_a_real_search_keeps_within_its_budget(tmp_path: Path) -> None:
    evaluator = evaluator_for(tmp_path, 60)
    for calls in (120, 130):
        plan = replace(PLAN, budget=Budget(calls=calls))
        outcome = search(evaluator, evaluator.suite.shipped, plan)
        assert 60 <= outcome.calls <= calls


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
    assert (entry.quality, entry.known_failures) == ({"e0": 0, "e1": 0, "e2": 0}, [])
    assert entry.held_out is None
    assert entry.objectives == evaluator.suite.objectives.counting
    assert entry.genome == {"how": "Extract.", "model": "primary"}
    assert entry.fingerprints == evaluator.suite.fingerprints


def test_an_entry_of_a_search_holds_its_evidence(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]]
) -> None:
    finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, 60)
    outcome = search(evaluator, evaluator.suite.shipped, PLAN)
    entry = of_search(evaluator, outcome)
    assert (entry.replaces, entry.quality) == ({"how": "Extract."}, {})
    assert entry.figures["before"].quality.mean == 0
    assert entry.figures["after"].quality.mean == 1
    assert isinstance(entry.search, Search)
    assert (entry.search.strategy, entry.search.seed) == ("classic", 3)
    assert entry.search.calls == outcome.calls == 12 + 2 * 60
    assert not isinstance(entry.search.confirmed, str)
    n = len(outcome.unseen_ids)
    assert (entry.search.confirmed.n, entry.search.confirmed.verdict) == (n, "confirmed")
    assert entry.held_out is not None
    assert entry.held_out.ids == sorted(outcome.unseen_ids)
    assert (entry.held_out.before.n, entry.held_out.before.quality.mean) == (n, 0)
    assert (entry.held_out.after.n, entry.held_out.after.quality.mean) == (n, 1)


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
    assert (other.search, other.replaces) == ("accepted as it is", {})
    assert other.held_out is not None
    assert old.held_out is not None
    assert (other.held_out.exact, other.held_out.before) == (old.held_out.exact, None)


@pytest.mark.parametrize(
    ("parts", "holds"),
    [
        ({}, True),
        ({"threshold": 0.25}, True),
        ({"search": {"how": [*TEXTS, "Another."]}}, True),
        ({"prompt": {"user": "{{how}}  {{message}}"}}, False),
        ({"scorers": ["contains"]}, False),
        ({"output": {"max_repairs": 0}}, False),
        ({"objectives": {"tokens": {"weight": -5.0}}}, False),
        ({"golden": examples(61)}, False),
    ],
)
def test_evidence_dies_with_what_it_was_about(
    tmp_path: Path, finding: Callable[[str], dict[str, Any]], parts: Any, holds: bool
) -> None:
    finding(TEXTS[1])
    evaluator = evaluator_for(tmp_path, 60)
    outcome = search(evaluator, evaluator.suite.shipped, PLAN)
    old = of_search(evaluator, outcome)
    changed, _ = make_evaluator(tmp_path, obedient, **{**PARTS, "golden": examples(60), **parts})
    genome = outcome.after
    entry = entry_for(changed, genome, baseline(changed, genome), old)
    if holds:
        kept = (old.search, old.replaces, old.held_out, old.figures["before"])
        assert (entry.search, entry.replaces, entry.held_out, entry.figures["before"]) == kept
    else:
        assert (entry.search, entry.replaces) == ("accepted as it is", {})
        assert set(entry.figures) == {"after"}
        # What has chosen the genome stays known: the gate is still judged by the others.
        assert entry.held_out is not None
        assert entry.held_out.before is None
        assert set(entry.held_out.ids) <= set(outcome.unseen_ids)


def test_an_entry_holds_the_qualities_below_one_and_the_digest_of_its_recordings(
    tmp_path: Path,
) -> None:
    evaluator = evaluator_for(tmp_path, 4)
    genome = evaluator.suite.shipped
    qualities = dict(zip(["e0", "e1", "e2", "e3"], [1.0, 2 / 3, 0.0, 1 - 1e-9], strict=True))
    evaluations = [
        replace(evaluation, score=Score(qualities[evaluation.example]))
        for evaluation in baseline(evaluator, genome)
    ]
    entry = entry_for(evaluator, genome, evaluations[::-1], None, recordings="sha256:7")
    assert entry.quality is not None
    assert list(entry.quality.items()) == [("e1", 0.666667), ("e2", 0.0)]
    assert entry.recordings == "sha256:7"


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
