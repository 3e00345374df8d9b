"""Searches that latency counts in, on machines that are busy for a while."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.evaluation.measure import baseline
from pytest_promptevo.evaluation.speeds import learn_speed
from pytest_promptevo.evolve import Budget
from pytest_promptevo.improve.calibration import calibrate, roles_of
from pytest_promptevo.improve.interleave import like_with_like, side_by_side
from pytest_promptevo.improve.lock_entry import entry_for
from pytest_promptevo.improve.plan import Plan
from pytest_promptevo.improve.search import search
from pytest_promptevo.prompt import Completion
from pytest_promptevo.providers.scripted import Scripted
from pytest_promptevo.recording import Answerer, CommittedFile
from pytest_promptevo.recording.store import Store
from unit.support import make_suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.improve.plan import Outcome
    from pytest_promptevo.prompt import Request

TEXTS = ["Only the number.", "Only  the number."]
"""Texts that differ by one blank."""

PARTS: dict[str, Any] = {
    "golden": [
        {
            "id": f"e{number:02}",
            "inputs": {"message": f"{'so ' * (number % 9)}{number}"},
            "expected": str(number),
        }
        for number in range(72)
    ],
    "prompt": {"user": "{{how}} {{message}}"},
    "genome": {"how": TEXTS[0]},
    "search": {"how": TEXTS},
    "objectives": {"quality": {"weight": 1.0}, "latency_ms": {"weight": -0.001}},
}
PLAN = Plan("classic", seed=3, budget=Budget(calls=600))


class Machine:
    """Answers six of ten examples rightly, under a load that changes with the calls.

    Args:
        load: Takes the number of the call; by what the latency is multiplied.
    """

    def __init__(self, load: Callable[[int], float], prompt_ms: float = 20.0) -> None:
        self.load, self.prompt_ms, self.calls = load, prompt_ms, 0

    def answer(self, request: Request) -> Completion:
        words = request.messages[-1].content.split()
        number = int(words[-1])
        self.calls += 1
        latency_ms = self.load(self.calls) * (self.prompt_ms * len(words) + 4 * self.prompt_ms)
        said = "no idea" if number % 5 < 2 else str(number)
        return Completion(said, len(words), 1, latency_ms)


class Served(Scripted):
    """A model that is another one under another name."""

    def digest(self) -> str:
        return digest(self.reference)


def evaluator_for(
    folder: Path, machines: dict[str, Machine], mode: Any = "missing", **parts: Any
) -> Evaluator:
    models = {
        f"scripted:answers:{name}": Served(machine.answer, f"scripted:answers:{name}", 1)
        for name, machine in machines.items()
    }
    answers = Answerer(
        mode=mode,
        committed=CommittedFile(folder / "recordings.jsonl"),
        open_store=lambda: Store(folder / ".promptevo" / "answers.sqlite"),
        connect=models.__getitem__,
    )
    named = {name: f"scripted:answers:{name}" for name in machines}
    suite = make_suite(folder, **{**PARTS, "models": named, **parts})
    return Evaluator(suite, answers, folder)


def evolved(evaluator: Evaluator) -> Outcome:
    """Does what `Project.evolve` does."""
    genome = evaluator.suite.shipped
    known = learn_speed(evaluator, genome, baseline(evaluator, genome))
    return search(evaluator, genome, PLAN, baseline=known)


def unsteady(seed: int) -> Callable[[int], float]:
    """Returns a load that tokens do not explain."""
    rng = random.Random(seed)
    return lambda _call: rng.lognormvariate(0, 1)


def other(genome: Genome) -> Genome:
    return genome.with_(how=TEXTS[1])


@pytest.mark.parametrize(
    "load",
    [
        lambda call: 3.0 if call <= 72 else 1.0,
        lambda call: 3.0 if call <= 36 else 1.0,
        lambda call: 1.0 if call <= 72 else 3.0,
        lambda call: 3.0 if call <= 110 else 1.0,
        lambda call: 1 + 2 * call / 300,
        unsteady(1),
        unsteady(2),
    ],
    ids=[
        "busy baseline",
        "half of it",
        "busy search",
        "half of all",
        "drift",
        "noise",
        "more noise",
    ],
)
def test_a_blank_is_no_improvement_whatever_the_machine_does(
    tmp_path: Path, load: Callable[[int], float]
) -> None:
    outcome = evolved(evaluator_for(tmp_path, {"primary": Machine(load)}))
    assert not outcome.accepted
    if outcome.result.recommended != outcome.before:
        assert outcome.confirmation
        assert outcome.confirmation.verdict == "inconclusive"


def test_what_tokens_do_not_explain_is_measured_side_by_side(tmp_path: Path) -> None:
    evaluator = evaluator_for(tmp_path, {"primary": Machine(unsteady(4))})
    before = evaluator.suite.shipped
    genomes = before, other(before)
    pair = (baseline(evaluator, before), baseline(evaluator, other(before)))
    learn_speed(evaluator, before, pair[0])
    compared = like_with_like(evaluator, genomes, pair, is_test=True)
    (note,) = compared.notes
    assert note.startswith(
        "the latency of scripted:answers:primary is not explained by its tokens (R^2 0."
    )
    assert note.endswith("measured side by side")
    assert len(compared.asked) == 144
    again = [each.score.latency_ms for each in compared.asked]
    assert [each.score.latency_ms for each in (*compared.old, *compared.new)] == again
    assert again != [each.score.latency_ms for each in (*pair[0], *pair[1])]


def test_who_is_asked_first_changes_with_every_example(tmp_path: Path) -> None:
    evaluator = evaluator_for(tmp_path, {"primary": Machine(lambda call: call)})
    before = evaluator.suite.shipped
    examples = evaluator.suite.examples[:4]
    old, new = side_by_side(evaluator, (before, other(before)), examples)
    assert [each.example for each in old] == ["e00", "e01", "e02", "e03"]
    first = [a.score.latency_ms < b.score.latency_ms for a, b in zip(old, new, strict=True)]
    assert first == [True, False, True, False]


def test_a_comparison_that_was_made_is_replayed(tmp_path: Path) -> None:
    machine = Machine(unsteady(5))
    evaluator = evaluator_for(tmp_path, {"primary": machine})
    before = evaluator.suite.shipped
    first = side_by_side(evaluator, (before, other(before)), evaluator.suite.examples)
    calls = machine.calls
    again = evaluator_for(tmp_path, {"primary": machine})
    assert [
        [each.score for each in side]
        for side in side_by_side(again, (before, other(before)), again.suite.examples)
    ] == [[each.score for each in side] for side in first]
    assert machine.calls == calls
    side_by_side(again, (other(before), before), again.suite.examples)
    assert machine.calls == calls + 144


def test_a_replay_leaves_unexplained_latency_out(tmp_path: Path) -> None:
    machine = Machine(unsteady(6))
    evaluator = evaluator_for(tmp_path, {"primary": machine})
    before = evaluator.suite.shipped
    pair = (baseline(evaluator, before), baseline(evaluator, other(before)))
    learn_speed(evaluator, before, pair[0])
    evaluator.answers.mode = "none"
    compared = like_with_like(evaluator, (before, other(before)), pair, is_test=True)
    assert [each.score for each in compared.new] == [each.score for each in compared.old]
    assert compared.notes[0].endswith("left out, because no model may be asked")
    assert compared.asked == ()


def roles(folder: Path, load: Callable[[int], float]) -> tuple[Evaluator, dict[str, Machine]]:
    total = [0]

    def shared(_call: int) -> float:
        total[0] += 1
        return load(total[0])

    machines = {"slow": Machine(shared, 40.0), "fast": Machine(shared, 20.0)}
    parts = {"genome": {"how": TEXTS[0], "model": "slow"}, "search": {"model": ["slow", "fast"]}}
    return evaluator_for(folder, machines, **parts), machines


@pytest.mark.parametrize(
    "load",
    [lambda _call: 1.0, lambda call: 1.0 if call <= 72 else 3.0],
    ids=["steady", "busy after the baseline"],
)
def test_the_faster_of_two_models_wins(tmp_path: Path, load: Callable[[int], float]) -> None:
    evaluator, machines = roles(tmp_path, load)
    outcome = evolved(evaluator)
    assert outcome.accepted
    assert outcome.after["model"] == "fast"
    speeds = evaluator.speeds
    ratio = speeds["scripted:answers:slow"].prompt_ms / speeds["scripted:answers:fast"].prompt_ms
    assert ratio == pytest.approx(2, rel=0.05)
    assert outcome.calls == sum(machine.calls for machine in machines.values())


def test_models_are_measured_once_and_in_turns(tmp_path: Path) -> None:
    evaluator, machines = roles(tmp_path, lambda call: call)
    before = evaluator.suite.shipped
    chosen = roles_of(evaluator.suite, before)
    assert chosen == ["slow", "fast"]
    sample = calibrate(evaluator, before, evaluator.suite.examples, chosen)
    assert [machine.calls for machine in machines.values()] == [8, 8]
    assert len(sample) == 16
    for speed in evaluator.speeds.values():
        assert speed.n == 8
    for reference in evaluator.speeds:
        evaluator.speeds[reference] = type(evaluator.speeds[reference])(1.0, 1.0, 0.99)
    assert calibrate(evaluator, before, evaluator.suite.examples, chosen) == []


def test_nothing_is_measured_where_latency_does_not_count(tmp_path: Path) -> None:
    machine = Machine(unsteady(7))
    objectives = {"quality": {"weight": 1.0}, "latency_ms": {"weight": 0.0}}
    evaluator = evaluator_for(tmp_path, {"primary": machine}, objectives=objectives)
    outcome = evolved(evaluator)
    assert evaluator.speeds == {}
    assert (outcome.notes, outcome.measured) == ((), None)
    assert machine.calls <= 144


def test_the_entry_keeps_speeds_and_modelled_figures(tmp_path: Path) -> None:
    evaluator, _ = roles(tmp_path, lambda call: 1 + call % 3 / 100)
    outcome = evolved(evaluator)
    entry = entry_for(
        evaluator, outcome.after, outcome.evaluations[outcome.after], None, (outcome, PLAN)
    )
    speeds = entry.speeds
    assert set(speeds) == {"scripted:answers:slow", "scripted:answers:fast"}
    again, _ = roles(tmp_path, lambda call: 1 + call % 3 / 100)
    again.speeds = speeds
    figures = again.suite.judge([each.score for each in baseline(again, outcome.after)]).figures
    assert figures.latency_p50 == pytest.approx(entry.figures["after"].latency_p50, rel=1e-3)
    assert outcome.measured
    assert outcome.measured[0] > outcome.measured[1]
