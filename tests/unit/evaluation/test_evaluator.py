from __future__ import annotations

import pickle
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import (
    ContextOverflow,
    InputError,
    ScorerFailed,
    SuiteError,
    TransientError,
)
from pytest_promptevo.evaluation import scoring
from pytest_promptevo.evaluation.call_counter import CallCounter
from pytest_promptevo.evaluation.evaluation import Evaluation, Task
from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.evaluation.measure import attempted
from pytest_promptevo.fitness import Score
from pytest_promptevo.scorers import build
from unit.support import make_evaluator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Completion, Request

SHOTS = [
    {"id": "a", "inputs": {"message": "order 11"}, "expected": "11"},
    {"id": "s", "inputs": {"message": "order 99"}, "expected": "99"},
]
WITH_SHOTS: dict[str, Any] = {
    "search": {"shots": {"few_shot": SHOTS, "max": 2}},
    "genome": {"shots": ["a", "s"]},
}
JSON: dict[str, Any] = {
    "output": {"format": "json"},
    "golden": [{"id": "a", "inputs": {"message": "x"}, "expected": {"n": 1}}],
    "scorers": ["json_schema"],
}


def number(request: Request) -> str:
    return request.messages[-1].content.split()[-1]


def wait_until(is_so: Callable[[], bool]) -> bool:
    last = time.monotonic() + 30
    while not is_so() and time.monotonic() < last:
        time.sleep(0.005)
    return is_so()


def first(evaluator: Evaluator, genome: Genome | None = None) -> Evaluation:
    return evaluator.evaluate(genome or evaluator.suite.shipped, evaluator.suite.examples[0])


def test_a_right_answer_passes(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, number)
    evaluation = first(evaluator)
    assert (
        evaluation.example,
        evaluation.passed,
        evaluation.feedback.output,
        evaluation.feedback.reason,
    ) == (
        "a",
        True,
        "11",
        "",
    )
    assert evaluation.score == Score(1.0, 3.0, 3, 0)


def test_a_wrong_answer_says_why(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, lambda _request: "12")
    evaluation = first(evaluator)
    assert (evaluation.passed, evaluation.score.quality) == (False, 0.0)
    assert evaluation.feedback.reason == "expected '11'"


def test_of_a_long_reason_a_part_is_kept(tmp_path: Path) -> None:
    labels = [f"label{number}" for number in range(5_000)]
    evaluator, _ = make_evaluator(
        tmp_path,
        lambda _request: "neither",
        output={"format": "label", "labels": labels, "max_repairs": 0},
        scorers=["label"],
        scorer_check=False,
    )
    reason = first(evaluator).feedback.reason  # of each of thousands of examples
    assert reason.startswith("the answer must be one of: label0, ")
    assert len(reason) == 2_000


@pytest.mark.parametrize(("mark", "passed"), [(0.5, True), (0.51, False)])
def test_the_pass_mark_decides(tmp_path: Path, mark: float, passed: bool) -> None:
    golden = [{"id": "a", "inputs": {"message": "x"}, "expected": ["red", "blue"]}]
    evaluator, _ = make_evaluator(
        tmp_path, lambda _request: "red", golden=golden, scorers=["contains"], pass_mark=mark
    )
    assert first(evaluator).passed is passed


def test_no_model_is_asked_twice(tmp_path: Path) -> None:
    evaluator, model = make_evaluator(tmp_path, number)
    assert first(evaluator) == first(evaluator)
    assert len(model.calls) == 1


def test_an_evaluation_and_its_address_pickle(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, number, **WITH_SHOTS)
    task = Task(evaluator.suite.path, evaluator.suite.shipped, "a", 2)
    evaluation = first(evaluator)
    assert pickle.loads(pickle.dumps((task, evaluation))) == (task, evaluation)


def test_a_draw_is_a_request_of_its_own_above_temperature_0(tmp_path: Path) -> None:
    evaluator, model = make_evaluator(tmp_path, number)
    example = evaluator.suite.examples[0]
    for temperature in (0.5, 0.0):
        genome = evaluator.suite.shipped.with_(temperature=temperature)
        for draw in (0, 1, 1):
            evaluator.evaluate(genome, example, draw)
    assert [request.replicate for request in model.calls] == [0, 1, 0]


def test_an_evaluation_may_be_made_elsewhere(tmp_path: Path) -> None:
    here, _ = make_evaluator(tmp_path, number)
    done = first(here)
    asked = []

    def elsewhere(task: Task) -> Evaluation:
        asked.append(task)
        return done

    there = Evaluator(here.suite, here.answers, tmp_path, elsewhere)
    assert first(there) is done
    assert asked == [Task(here.suite.path, here.suite.shipped, "a")]
    assert here.answers.paid == 2


def test_another_genome_is_evaluated_anew(tmp_path: Path) -> None:
    evaluator, model = make_evaluator(tmp_path, number)
    genome = evaluator.suite.shipped
    for each in (genome, genome.with_(temperature=0.5), genome.with_(temperature=0.6)):
        first(evaluator, each)
    assert len(model.calls) == 3


def test_repairs_count_with_their_cost(tmp_path: Path) -> None:
    answers = iter(["no json", '```json\n{"n": 1}\n```'])
    evaluator, model = make_evaluator(tmp_path, lambda _request: next(answers), **JSON)
    evaluation = first(evaluator)
    assert (evaluation.passed, evaluation.score.repairs) == (True, 2)
    words = [sum(len(turn.content.split()) for turn in request.messages) for request in model.calls]
    assert evaluation.score.tokens == sum(words) + 2 + 4
    assert evaluation.score.latency_ms == evaluation.score.tokens
    assert [asked.recording.text for asked in evaluation.asked] == [
        "no json",
        '```json\n{"n": 1}\n```',
    ]


def test_an_answer_that_stays_invalid_has_no_quality(tmp_path: Path) -> None:
    evaluator, model = make_evaluator(tmp_path, lambda _request: "no json", **JSON)
    evaluation = first(evaluator)
    assert (evaluation.score.quality, evaluation.score.repairs, len(model.calls)) == (0.0, 2, 3)
    assert evaluation.feedback.reason.startswith("the answer is not JSON")


def test_a_cut_off_answer_is_told(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(
        tmp_path, lambda _request: "the number is 11", genome={"max_tokens": 2}
    )
    evaluation = first(evaluator)
    assert evaluation.is_cut
    assert evaluation.feedback.reason == "expected '11' (the answer was cut off by max_tokens)"


def test_an_empty_answer_never_passes(tmp_path: Path) -> None:
    golden = [{"id": "a", "inputs": {"message": "x"}, "expected": ""}]
    evaluator, _ = make_evaluator(tmp_path, lambda _request: "", golden=golden)
    assert not first(evaluator).passed


def test_thinking_first_is_parsed(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(
        tmp_path, lambda _request: "It says 11.\nAnswer: 11", genome={"cot": True}
    )
    assert first(evaluator).passed


def test_an_example_is_never_its_own_shot(tmp_path: Path) -> None:
    evaluator, model = make_evaluator(tmp_path, number, **WITH_SHOTS)
    for example in evaluator.suite.examples:
        evaluator.evaluate(evaluator.suite.shipped, example)
    own, other = model.calls
    assert [turn.content for turn in own.messages] == ["order 99", "99", "order 11"]
    assert len(other.messages) == 5


def test_the_schema_goes_along_only_where_it_constrains(tmp_path: Path) -> None:
    for constrain in (False, True):
        output = {"format": "json", "schema": {"type": "object"}, "constrain": constrain}
        evaluator, model = make_evaluator(tmp_path, number, **{**JSON, "output": output})
        first(evaluator)
        assert (model.calls[0].schema is not None) is constrain


def test_the_role_decides_the_model(tmp_path: Path) -> None:
    models = {"primary": "scripted:a:b", "coding": "scripted:c:d"}
    evaluator, model = make_evaluator(tmp_path, number, models=models)
    first(evaluator, evaluator.suite.shipped.with_(model="coding"))
    assert [request.model for request in model.calls] == ["scripted:c:d"]


def test_what_can_be_had_without_a_call_is_known(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, number)
    genome, (one, other) = evaluator.suite.shipped, evaluator.suite.examples
    evaluator.evaluate(genome, one)
    again, _ = make_evaluator(tmp_path, number)
    assert [again.is_known(genome, example) for example in (one, other)] == [True, False]
    again.evaluate(genome, other)
    assert again.is_known(genome, other)


def test_a_failing_scorer_names_the_example(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "failing_scorer.py").write_text(
        "def divide(output, example):\n    return output / 2\n"
    )
    monkeypatch.setattr(sys, "path", [*sys.path])
    evaluator, _ = make_evaluator(tmp_path, number, scorers=["python:failing_scorer:divide"])
    with pytest.raises(SuiteError, match="a scorer failed on example 'a': TypeError: ") as caught:
        first(evaluator)
    assert isinstance(caught.value.__cause__, TypeError)


@pytest.mark.parametrize("body", ["return output / 2", "return None"])
def test_after_a_failed_scorer_no_model_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    (tmp_path / "failing_scorer.py").write_text(f"def divide(output, example):\n    {body}\n")
    monkeypatch.setattr(sys, "path", [*sys.path])
    golden = [{"id": f"e-{at}", "inputs": {"message": f"{at}"}, "expected": "1"} for at in range(9)]
    made = {"scorers": ["python:failing_scorer:divide"], "golden": golden}
    evaluator, model = make_evaluator(tmp_path, number, **made)
    monkeypatch.setattr(evaluator, "workers", lambda _genome: 1)
    errors = evaluator.many(evaluator.suite.shipped, evaluator.suite.examples)
    assert len(model.calls) == 1
    first_one, *others = errors
    assert isinstance(first_one, ScorerFailed)
    assert not first_one.is_again
    assert all(isinstance(each, ScorerFailed) and each.is_again for each in others)
    assert {str(each) for each in others} == {
        str(first_one).replace("a scorer failed", "not asked: a scorer failed")
    }
    with pytest.raises(ScorerFailed) as told:  # an answer that is there is judged for nothing
        first(evaluator)
    assert not told.value.is_again
    assert len(model.calls) == 1
    del sys.modules["failing_scorer"]


@pytest.mark.parametrize("own", [True, False])
def test_a_scorer_of_the_users_that_takes_long_is_told_once_while_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: bool
) -> None:
    monkeypatch.setattr(scoring, "_PATIENCE_S", 0.01)
    told: list[str] = []

    def slow(output: object, example: object) -> bool:
        return wait_until(lambda: bool(told))

    given, _ = make_evaluator(tmp_path, number)
    suite = given.suite
    if own:
        made = build(["slow"], {"slow": lambda: slow}, tmp_path)
        suite = replace(suite, scorers=made)
    evaluator = Evaluator(suite, given.answers, tmp_path, say=told.append)
    for example in evaluator.suite.examples:
        assert evaluator.evaluate(evaluator.suite.shipped, example).passed
    expected = "orders: the scorers take more than 0.01 s for an answer to example 'a'"
    assert told == ([expected] if own else [])


def test_a_prompt_that_does_not_fit_names_the_example(tmp_path: Path) -> None:
    def overflow(_request: Request) -> str:
        raise ContextOverflow("too long")

    evaluator, _ = make_evaluator(tmp_path, overflow)
    with pytest.raises(ContextOverflow, match="example 'a': too long"):
        first(evaluator)


LONG = {"inputs": {"message": "x" * 900}, "expected": "1"}


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"golden": [{"id": "a", **LONG}]}, r"9\d\d characters, 9\d\d of them in the text for"),
        (
            {"prompt": {"system": "y" * 700, "user": "{{message}}"}},
            r"7\d\d characters, 700 of them in the system text$",
        ),
        (
            {
                "search": {"shots": {"few_shot": [{"id": "s", **LONG}], "max": 1}},
                "genome": {"shots": ["s"]},
            },
            r"9\d\d characters, 9\d\d of them in the few-shot examples$",
        ),
    ],
)
def test_a_prompt_that_does_not_fit_is_told_with_its_length(
    tmp_path: Path, parts: dict[str, Any], told: str
) -> None:
    def overflow(_request: Request) -> str:
        raise ContextOverflow("too long")

    evaluator, _ = make_evaluator(tmp_path, overflow, **parts)
    with pytest.raises(ContextOverflow, match=f"^example 'a': too long: the prompt has {told}"):
        first(evaluator)


def test_labels_that_make_a_repair_too_long_are_told(tmp_path: Path) -> None:
    def too_many_labels(request: Request) -> str:
        if len(request.messages[-1].content) > 10_000:
            raise ContextOverflow("too long")
        return "neither"

    labels = [f"label{number}" for number in range(5_000)]
    evaluator, _ = make_evaluator(
        tmp_path, too_many_labels, output={"format": "label", "labels": labels}, scorer_check=False
    )
    told = (
        r"the prompt has 5\d,\d{3} characters, 5\d,\d{3} of them in its answer and what was wrong"
    )
    with pytest.raises(ContextOverflow, match=rf"{told} with that \(all labels, say\)$"):
        first(evaluator)


def test_many_keep_their_order_and_their_errors(tmp_path: Path) -> None:
    def second_fails(request: Request) -> str:
        if "22" in request.messages[-1].content:
            raise TransientError("busy")
        return number(request)

    evaluator, _ = make_evaluator(tmp_path, second_fails)
    counts: list[int] = []
    made = evaluator.many(evaluator.suite.shipped, evaluator.suite.examples, counts.append)
    assert [type(each) for each in made] == [Evaluation, TransientError]
    assert counts == [1, 2]


def test_an_interrupt_ends_many(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, number)

    def interrupt(_count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluator.many(evaluator.suite.shipped, evaluator.suite.examples, interrupt)


def test_as_many_run_at_once_as_the_model_serves(tmp_path: Path) -> None:
    evaluator, model = make_evaluator(tmp_path, number)
    assert evaluator.workers(evaluator.suite.shipped) == evaluator.workers() == 4
    model.concurrency = 7
    assert evaluator.workers() == 7
    evaluator.answers.mode = "none"
    assert evaluator.workers() == 1


TARGET = """
def answer(inputs, genome, ask):
    text = ask([{"role": "user", "content": inputs["message"]}], max_tokens=5)
    return {"n": int(text), "hot": genome["temperature"] > 0}

def twice(inputs, genome, ask):
    messages = [{"role": "user", "content": inputs["message"]}]
    return ask(messages) + ask([*messages, {"role": "user", "content": "again 7"}])

def broken(inputs, genome, ask):
    inputs["message"] = "changed"
    return 1 / 0

def nothing(inputs, genome, ask):
    return {"n": "no model asked"}
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "target_app.py").write_text(TARGET)
    yield tmp_path
    sys.modules.pop("target_app", None)


def target(folder: Path, name: str, **parts: Any) -> tuple[Evaluator, Any]:
    return make_evaluator(
        folder,
        number,
        prompt=None,
        target=f"target_app:{name}",
        genome={"temperature": 0.5},
        **parts,
    )


def test_a_target_is_run_with_inputs_and_genome(app: Path) -> None:
    golden = [{"id": "a", "inputs": {"message": "order 11"}, "expected": {"n": 11, "hot": True}}]
    evaluator, model = target(
        app, "answer", golden=golden, scorers=["json_schema"], output={"format": "json"}
    )
    assert first(evaluator).passed
    assert model.calls[0].params == {"temperature": 0.5, "max_tokens": 5}


def test_all_calls_of_a_target_count(app: Path) -> None:
    golden = [{"id": "a", "inputs": {"message": "order 11"}, "expected": "117"}]
    evaluator, _ = target(app, "twice", golden=golden)
    evaluation = first(evaluator)
    assert (evaluation.passed, len(evaluation.asked)) == (True, 2)
    assert evaluation.score.tokens == 2 + 1 + 4 + 1


def test_a_target_need_not_ask(app: Path) -> None:
    evaluator, _ = target(app, "nothing")
    assert first(evaluator).score == Score(0.0)


def test_a_failing_target_names_the_example_and_keeps_it(app: Path) -> None:
    evaluator, _ = target(app, "broken")
    with pytest.raises(SuiteError, match="failed on example 'a': ZeroDivisionError") as caught:
        first(evaluator)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert evaluator.suite.examples[0].inputs == {"message": "order 11"}


def test_a_target_that_cannot_be_imported_is_named(app: Path) -> None:
    evaluator, _ = target(app, "no_such_function")
    with pytest.raises(
        SuiteError, match="target: cannot import 'target_app:no_such_function'"
    ) as told:
        first(evaluator)
    lines = evaluator.suite.path.read_text("utf-8").splitlines()
    assert told.value.line is not None
    assert lines[told.value.line - 1].startswith("target:")


def test_a_suite_with_a_target_has_no_request_of_its_own(app: Path) -> None:
    evaluator, _ = target(app, "answer")
    example = evaluator.suite.examples[0]
    assert not evaluator.is_known(evaluator.suite.shipped, example)
    with pytest.raises(ValueError, match="no request of its own"):
        evaluator.suite.prompt.request(evaluator.suite.shipped, example.inputs)


def costs(evaluator: Evaluator, *genomes: Genome) -> list[int]:
    counter = CallCounter()
    return [counter.count(first(evaluator, genome)) for genome in genomes]


def test_a_request_costs_a_call_once(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, number)
    genome = evaluator.suite.shipped
    assert costs(evaluator, genome, genome, genome.with_(temperature=0.5)) == [1, 0, 1]


def test_what_the_key_leaves_out_costs_nothing(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, number)
    genome = evaluator.suite.shipped.with_(temperature=0)
    assert costs(evaluator, genome, genome.with_(seed=7), genome.with_(top_p=0.5)) == [1, 0, 0]


def test_an_answer_serves_the_limits_above_its_length(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, lambda _request: "one two three")
    genomes = [evaluator.suite.shipped.with_(max_tokens=limit) for limit in (8, 16, 3, 2, 1)]
    assert costs(evaluator, *genomes) == [1, 0, 0, 1, 1]


def test_each_repair_costs_a_call(tmp_path: Path) -> None:
    evaluator, _ = make_evaluator(tmp_path, lambda _request: "no json", **JSON)
    assert costs(evaluator, evaluator.suite.shipped) == [3]


def test_a_replayed_search_costs_as_much_as_a_paid_one(tmp_path: Path) -> None:
    def count() -> tuple[list[int], int]:
        evaluator, model = make_evaluator(tmp_path, lambda _request: "one two three")
        genomes = [evaluator.suite.shipped.with_(max_tokens=limit) for limit in (2, 8, 1, 16)]
        return costs(evaluator, *genomes), len(model.calls)

    paid, replayed = count(), count()
    assert paid == ([1, 1, 1, 0], 3)
    assert replayed == (paid[0], 0)


def test_a_prompt_that_does_not_fit_costs_nothing(tmp_path: Path) -> None:
    def overflow(_request: Request) -> Completion:
        raise ContextOverflow("too long")

    evaluator, _ = make_evaluator(tmp_path, overflow)
    evaluation = attempted(evaluator, evaluator.suite.shipped, evaluator.suite.examples[0])
    assert CallCounter().count(evaluation) == 0
    assert evaluation.feedback.reason.startswith("example 'a': too long: the prompt has 8 ")


@pytest.mark.parametrize("place", ["suite", "example", "schema"])
def test_a_pattern_that_takes_too_long_is_told_with_its_line(tmp_path: Path, place: str) -> None:
    pattern = "(a|aa)+$"
    expected = pattern if place == "example" else "x"
    parts: dict[str, Any] = {
        "golden": [{"id": "a", "inputs": {"message": "m"}, "expected": expected}],
        "scorers": [{"regex": {"pattern": pattern} if place == "suite" else {}}],
    }
    answer = "a" * 60 + "b"
    if place == "schema":
        parts |= {
            "scorers": ["fields"],
            "output": {"format": "json", "schema": {"type": "string", "pattern": pattern}},
        }
        answer = f'"{answer}"'
    evaluator, _ = make_evaluator(tmp_path, lambda _: answer, **parts)
    with pytest.raises(InputError) as caught:
        first(evaluator)
    told = str(caught.value)
    assert "'(a|aa)+$' takes more than 1 s" in told
    lines = (tmp_path / "orders.promptevo.yaml").read_text().split("\n")
    section = {"suite": "scorers:", "schema": "output:", "example": "  - id: a"}[place]
    assert f"orders.promptevo.yaml:{lines.index(section) + 1}: " in told
