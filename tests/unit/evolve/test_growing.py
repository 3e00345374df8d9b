"""Searches that edit texts, and that have some proposed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from pytest_promptevo.evolve import (
    Budget,
    Choice,
    Genome,
    Proposal,
    Result,
    SearchSpace,
    Text,
    evolve,
    growing,
)
from pytest_promptevo.evolve.growing import SHARE, VAIN
from pytest_promptevo.evolve.names import OPERATORS
from pytest_promptevo.evolve.racing.kernel import Kernel
from pytest_promptevo.fitness import Feedback, Objectives, Score, Scored
from pytest_promptevo.genome.sentences import tidy

if TYPE_CHECKING:
    from pytest_promptevo.evolve import Propose

SEED = "Read the mail. Be polite. Extract the number."
GOOD = "Write digits only."
EXAMPLES = list(range(24))
INITIAL = Genome({"text": SEED, "shots": 0})
QUALITY = Objectives({"quality": 1.0})


def space(**options: Any) -> SearchSpace:
    return SearchSpace({"text": Text([SEED], **options), "shots": Choice([0, 1, 2])})


def quality(genome: Genome, example: int) -> float:
    """Digits help, politeness does not, and shots help a little."""
    text = genome["text"]
    worth = 6 * ("digits" in text) - 4 * ("polite" in text) + 2 * genome["shots"] + 8
    return float(example * 7 % 24 < worth)


def evaluate(genome: Genome, example: int) -> Scored:
    found = quality(genome, example)
    return Scored(Score(found, tokens=100), Feedback(f"answer {example}", "" if found else "wrong"))


class Proposer:
    """Proposes texts of a list, one at a time."""

    def __init__(self, *texts: str, tokens: float = 60, least: float = 0, **more: Any) -> None:
        self.steps: list[Propose] = []
        self._texts = texts
        self._tokens, self._least, self._more = tokens, least, more

    def __call__(self, step: Propose) -> Proposal:
        if step.tokens < self._least:
            return Proposal(())
        text = self._texts[len(self.steps) % len(self._texts)]
        self.steps.append(step)
        return Proposal((text,), 1, self._tokens, ("it is too polite",), **self._more)


def searched(propose: Any = None, seed: int = 0, **options: Any) -> Result:
    own = {key: options.pop(key) for key in ("by", "max", "chars", "problem") if key in options}
    arguments = {
        "initial": INITIAL,
        "objectives": QUALITY,
        "budget": Budget(calls=700),
        "propose": propose,
        **options,
    }
    return evolve(space(**own), EXAMPLES, evaluate, rng=seed, **arguments)


def test_a_proposal_of_any_length_is_refused_before_it_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut: list[str] = []

    def remembered(text: str) -> str:
        cut.append(text)
        return tidy(text)

    monkeypatch.setattr(growing, "tidy", remembered)
    result = searched(Proposer(f" {'Dr. ' * 1_000}", f" {GOOD} "), by="writer")
    assert "it has 3,999 letters, and 400 are allowed" in result.refused
    assert set(cut) == {GOOD}


@pytest.mark.parametrize("strategy", ["racing", "classic", "greedy"])
def test_texts_are_edited_without_any_model(strategy: str) -> None:
    results = [searched(seed=seed, strategy=strategy) for seed in range(3)]
    texts = [result.recommended["text"] for result in results]
    few_tries = any if strategy != "racing" else all
    assert few_tries("polite" not in text for text in texts), texts
    for result, text in zip(results, texts, strict=True):
        assert text == SEED or result.births["text"][text].operator in ("drop", "cross", "add")
        assert (result.proposals, result.refused) == (0, ())


@pytest.mark.parametrize("strategy", ["racing", "classic"])
def test_what_is_proposed_is_raced_and_where_it_comes_from_is_known(strategy: str) -> None:
    proposer = Proposer(f"Read it. {GOOD}", GOOD)
    result = searched(proposer, by="proposer", strategy=strategy)
    assert "digits" in result.recommended["text"]
    assert result.proposals == len(proposer.steps) > 0
    first = proposer.steps[0]
    born = result.births["text"]["Read it.\nWrite digits only."]
    assert (born.operator, born.parents) == ("reflect", (first.parent["text"],))
    assert born.diagnosis == "it is too polite"
    assert born.examples == tuple(each.example for each in (*first.lessons, *first.kept))


def test_reflection_sees_failures_and_one_success() -> None:
    proposer = Proposer(GOOD)
    searched(proposer, by="proposer")
    step = proposer.steps[0]
    assert step.operator == "reflect"
    assert 1 <= len(step.lessons) <= 3
    for lesson in step.lessons:
        assert quality(step.parent, lesson.example) == 0
        assert lesson.feedback.output == f"answer {lesson.example}"
    assert all(quality(step.parent, lesson.example) == 1 for lesson in step.kept)
    assert len(step.kept) <= 1


def test_contrast_shows_where_either_text_is_better() -> None:
    proposer = Proposer(
        *(f"Use rule {number} of the book, {'x' * number}." for number in range(40))
    )
    steps = []
    for seed in range(4):
        searched(proposer, seed, by="proposer", max=40, budget=Budget(calls=1500))
        steps += [step for step in proposer.steps if step.operator == "contrast"]
    for step in steps:
        assert step.other is not None
        assert step.other["text"] != step.parent["text"]
        assert all(quality(step.parent, each.example) == 0 for each in step.lessons)
        assert all(quality(step.other, each.example) == 0 for each in step.kept)
    assert {step.operator for step in proposer.steps} <= set(OPERATORS) - {"shorten"}


def test_proposals_take_a_share_of_the_tokens_at_most() -> None:
    texts = [f"Rule {number}: {'abcdefghij'[number % 10] * (number + 3)}." for number in range(60)]
    for seed in range(3):
        result = searched(Proposer(*texts, tokens=350), seed, by="proposer", max=60)
        assert result.proposal_tokens <= SHARE * result.tokens + 350
        steps = Proposer(*texts, tokens=350, least=350)
        strict = searched(steps, seed, by="proposer", max=60)
        assert 0 < strict.proposal_tokens <= SHARE * strict.tokens


def test_useless_proposals_end_and_are_told() -> None:
    proposer = Proposer("nothing")
    made = space(by="proposer", problem=lambda text: "it leaks" * ("nothing" in text))
    result = evolve(
        made, EXAMPLES,
        lambda _genome, _example: Score(0.0, tokens=100),
        initial=INITIAL, rng=0, propose=proposer, budget=Budget(calls=700),
    )  # fmt: skip
    assert len(proposer.steps) == VAIN
    assert result.refused == ("it leaks",) * VAIN
    assert all("nothing" not in genome["text"] for genome in result.scored)


def test_a_problem_of_the_proposer_is_told_and_paid() -> None:
    def broken(_step: Propose) -> Proposal:
        return Proposal((), 1, 80, problem="the answer was cut off")

    result = searched(broken, by="proposer")
    assert set(result.refused) == {"the answer was cut off"}
    assert result.proposals == len(result.refused)
    assert result.proposal_tokens == 80 * result.proposals


def test_without_headroom_nothing_is_asked() -> None:
    proposer = Proposer(GOOD)
    evolve(
        space(by="proposer"), EXAMPLES, lambda _genome, _example: Score(1.0, tokens=100),
        initial=INITIAL, rng=0, propose=proposer, budget=Budget(calls=700),
    )  # fmt: skip
    assert proposer.steps == []


def test_nobody_is_asked_where_there_is_nobody() -> None:
    assert searched(None, by="proposer").proposals == 0
    proposer = Proposer(GOOD)
    searched(proposer)
    assert proposer.steps == []


def test_no_more_texts_are_added_than_there_is_room_for() -> None:
    texts = [f"Number {number}: {'klmnopqrst'[number] * 9}." for number in range(10)]
    result = searched(Proposer(*texts), by="proposer", max=2)
    grown = [birth for birth in result.births["text"].values() if birth.operator in OPERATORS]
    assert len(grown) <= 2


def test_the_same_seed_gives_the_same_search() -> None:
    first, again = (searched(Proposer(GOOD, "Read. Write."), 3, by="proposer") for _ in range(2))
    assert (first, first.births) == (again, again.births)


def test_lessons_name_examples_by_their_places_among_those_given() -> None:
    many = list(range(500, 740))
    seen: list[tuple[int, str]] = []

    def proposed(step: Propose) -> Proposal:
        seen.extend((each.example, each.feedback.output) for each in step.lessons)
        return Proposal((GOOD,), 1, 60)

    def wrong(_genome: Genome, example: int) -> Scored:
        return Scored(Score(0.0, tokens=100), Feedback(str(example), "wrong"))

    result = evolve(
        space(by="x"), many, wrong, initial=INITIAL, rng=0, propose=proposed,
        budget=Budget(calls=400),
    )  # fmt: skip
    assert seen
    assert all(str(many[place]) == output for place, output in seen)
    births = result.births["text"].values()
    assert any(birth.examples for birth in births)


def test_the_kernel_knows_texts_that_came_later() -> None:
    made = space()
    gene = made["text"]
    assert isinstance(gene, Text)
    kernel, plain = Kernel(made), Kernel(made, texts=False)
    child = gene.step(SEED, np.random.default_rng(0))
    genomes = [INITIAL, INITIAL.with_(text=child), INITIAL.with_(text="Something else!")]
    likeness = kernel.likeness(genomes, genomes)[0]
    assert np.allclose(np.diag(likeness), 1)
    assert likeness[0, 1] > 0.5 > likeness[0, 2]
    assert np.allclose(plain.likeness(genomes, genomes)[0], np.eye(3))


def test_spaces_without_texts_draw_as_before() -> None:
    """The demo's recordings depend on the order of all chance."""
    plain = SearchSpace({"text": Choice([SEED, GOOD]), "shots": Choice([0, 1, 2])})
    for strategy in ("racing", "classic", "greedy"):
        runs = [
            evolve(plain, EXAMPLES, evaluate, initial=INITIAL, rng=5, strategy=strategy,
                   objectives=QUALITY, propose=propose)
            for propose in (None, Proposer(GOOD))
        ]  # fmt: skip
        assert runs[0] == runs[1]
        assert not any(re.search("\n", genome["text"]) for genome in runs[0].scored)
