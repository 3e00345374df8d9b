from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.evaluation.evaluation import Asked, Evaluation
from pytest_promptevo.fitness import Feedback, Score
from pytest_promptevo.lock import HeldOut, Unseen
from pytest_promptevo.project.verdict import verdict_on
from unit.support import make_entry, make_recording, make_suite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.suite import Suite

IDS = [f"e{index}" for index in range(20)]
UNSEEN = Unseen(("e0", "e1", "e2", "e3"), (), 4)
ONLY_QUALITY = {name: {"weight": 0.0} for name in ("latency_ms", "tokens", "repairs")}


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    golden = [{"id": name, "inputs": {"message": name}, "expected": name} for name in IDS]
    return make_suite(tmp_path, golden=golden, objectives=ONLY_QUALITY)


def evaluations(qualities: Mapping[str, float]) -> list[Evaluation]:
    return [
        Evaluation(Score(qualities.get(name, 1.0)), Feedback("", ""), name, passed=True)
        for name in IDS
    ]


def entry(held_out: list[str] | None = None, **changes: Any) -> Entry:
    figures = make_entry().figures["after"]
    values: dict[str, Any] = {"known_failures": [], "quality": {}, **changes}
    if held_out:
        digests = {"inputs": "00000001", "searched": "00000002"}
        values["held_out"] = HeldOut(ids=held_out, **digests, before=figures, after=figures)
    return make_entry(**values)


def zeros(*numbers: int) -> dict[str, float]:
    return {f"e{number}": 0.0 for number in numbers}


def test_without_a_lock_the_gate_over_all_decides(suite: Suite) -> None:
    verdict = verdict_on(suite, evaluations(zeros(*range(9))))
    assert (verdict.passes, verdict.unseen, verdict.paired) == (True, None, None)
    verdict = verdict_on(suite, evaluations(zeros(*range(11))))
    assert verdict.breaches == verdict.gate.breaches
    assert verdict.breaches[0].startswith("fitness 0.45 [")


def test_the_unseen_examples_alone_decide(suite: Suite) -> None:
    worse_unseen = zeros(0, 1, 2)
    verdict = verdict_on(
        suite,
        evaluations(worse_unseen),
        entry(["e0", "e1", "e2", "e3"]),
        (),
        UNSEEN,
    )
    assert verdict.gate.passes
    assert verdict.figures.fitness.n == 20
    (breach,) = verdict.breaches
    assert breach.startswith("on the 4 examples that its search never saw, fitness 0.25 [")
    assert breach.endswith("is below the threshold 0.5")
    worse_seen = zeros(*range(4, 17))
    verdict = verdict_on(
        suite,
        evaluations(worse_seen),
        entry(["e0", "e1", "e2", "e3"]),
        (),
        UNSEEN,
    )
    assert not verdict.gate.passes
    assert (verdict.passes, verdict.breaches) == (True, ())


def test_what_came_later_can_fail_a_genome_and_excuses_nothing(suite: Suite) -> None:
    later = tuple(f"e{number}" for number in range(4, 12))
    unseen = Unseen(("e0", "e1", "e2", "e3"), later, 4)
    locked = entry(["e0", "e1", "e2", "e3"])
    (breach,) = verdict_on(suite, evaluations(zeros(0, 1, 2)), locked, (), unseen).breaches
    assert breach.startswith("on the 4 examples that its search never saw, fitness 0.25 [")
    failing = verdict_on(suite, evaluations(zeros(*range(4, 12))), locked, (), unseen)
    (breach,) = failing.breaches
    assert breach.startswith("on the 12 examples that its search did not have, later ones among")
    assert (failing.unseen.passes, failing.decides.passes) == (True, False)
    assert verdict_on(suite, evaluations(zeros(0, *range(4, 8))), locked, (), unseen).passes


@pytest.mark.parametrize(
    ("left", "told"),
    [
        ((), "none of the 4 examples that its search never saw is left"),
        (("e0",), "1 of the 4 examples that its search never saw is left"),
        (("e0", "e1"), None),
    ],
)
def test_what_the_search_saw_never_judges_instead_of_what_is_gone(
    suite: Suite, left: tuple[str, ...], told: str | None
) -> None:
    later = tuple(name for name in IDS if name not in left)
    for unseen in (Unseen(left, (), 4), Unseen(left, later, 4)):
        verdict = verdict_on(suite, evaluations({}), entry(list(left) or ["e0"]), (), unseen)
        assert verdict.passes is (told is None)
        assert not told or verdict.breaches[0].startswith(told)


def test_a_fall_against_the_lock_fails_whatever_the_gate_says(suite: Suite) -> None:
    verdict = verdict_on(suite, evaluations(zeros(*range(6))), entry(), suite.by_id)
    assert verdict.gate.passes
    assert verdict.breaches == (
        "quality fell against the lock: -0.300 [-0.520, -0.080] on 20 examples (p = 0.008); "
        "lower: e0 (1 -> 0), e1 (1 -> 0), e2 (1 -> 0), e3 (1 -> 0), e4 (1 -> 0), e5 (1 -> 0)",
    )


def test_both_reasons_are_told(suite: Suite) -> None:
    found, unseen = evaluations(zeros(*range(12))), Unseen(("e0", "e1"), (), 2)
    verdict = verdict_on(suite, found, entry(["e0", "e1"]), suite.by_id, unseen)
    first, second = verdict.breaches
    assert first.startswith("on the 2 examples that its search never saw, fitness 0 ")
    assert second.startswith("quality fell against the lock: -0.600 ")
    assert second.endswith("e4 (1 -> 0), e5 (1 -> 0) and 4 more")


@pytest.mark.parametrize(
    ("locked", "now", "worse"),
    [
        ({}, zeros(*range(5)), False),
        ({}, zeros(*range(6)), True),
        (zeros(*range(6)), zeros(*range(6)), False),
        (dict.fromkeys(IDS[:8], 0.55), zeros(*range(8)), True),
        (zeros(*range(10, 16)), zeros(*range(6)), False),
        ({}, {}, False),
    ],
)
def test_a_run_is_paired_with_the_lock_example_by_example(
    suite: Suite, locked: dict[str, float], now: dict[str, float], worse: bool
) -> None:
    verdict = verdict_on(suite, evaluations(now), entry(quality=locked), suite.by_id)
    assert verdict.paired is not None
    assert verdict.paired.is_worse is worse
    assert verdict.passes is not worse


def test_copies_of_an_example_are_one_observation(suite: Suite) -> None:
    """One request has one answer: ten copies that fall tell no more than one."""
    found = [
        replace(each, asked=(Asked(16, make_recording(messages=min(at, 10))),))
        for at, each in enumerate(evaluations(zeros(*range(10, 20))))
    ]
    paired = verdict_on(suite, found, entry(), suite.by_id).paired
    assert paired is not None
    assert (paired.difference.n, [fall.example for fall in paired.fell]) == (11, ["e10"])
    assert not paired.is_worse
    others = verdict_on(suite, evaluations(zeros(*range(10, 20))), entry(), suite.by_id).paired
    assert others is not None
    assert others.is_worse


def test_near_duplicates_are_one_observation_but_each_is_named(tmp_path: Path) -> None:
    messages = [f"e{at}" if at < 10 else "where is it" + "!" * at for at in range(20)]
    golden = [
        {"id": name, "inputs": {"message": message}, "expected": "x"}
        for name, message in zip(IDS, messages, strict=True)
    ]
    suite = make_suite(tmp_path, golden=golden, objectives=ONLY_QUALITY)
    fell = zeros(*range(10, 20))
    paired = verdict_on(suite, evaluations(fell), entry(), suite.by_id).paired
    assert paired is not None
    assert (paired.difference.n, {fall.example for fall in paired.fell}) == (11, {*fell})
    assert not paired.is_worse


def test_only_comparable_examples_are_paired(suite: Suite) -> None:
    found = evaluations(zeros(*range(6)))
    verdict = verdict_on(suite, found, entry(), IDS[4:])
    assert verdict.paired is not None
    assert (verdict.paired.difference.n, len(verdict.paired.fell)) == (16, 2)
    assert verdict.passes
    assert verdict_on(suite, found, entry(), ()).paired is None
    assert verdict_on(suite, found, entry(), ["gone"]).paired is None


def test_a_lock_of_version_1_knows_no_qualities_to_pair_with(suite: Suite) -> None:
    old = entry(quality=None, known_failures=["e0"])
    verdict = verdict_on(suite, evaluations(zeros(*range(9))), old, suite.by_id)
    assert (verdict.paired, verdict.passes) == (None, True)


def drawn(passes: Mapping[str, int], draws: int, count: int) -> list[Evaluation]:
    return [
        Evaluation(Score(passed / draws), Feedback(), name, draws=draws, passes=passed)
        for name in IDS[:count]
        for passed in [passes.get(name, draws)]
    ]


@pytest.mark.parametrize(
    ("lost", "draws", "worse"),
    [
        (1, 3, False),  # 1/20
        (2, 3, True),
        (5, 3, True),
        (5, 1, False),
        (4, 2, True),  # 1/6 each, as examples 1/2 each
    ],
)
def test_a_few_examples_that_fall_from_all_draws_to_none_are_a_fall(
    suite: Suite, lost: int, draws: int, worse: bool
) -> None:
    """As examples they prove nothing: up to five of five may fall by chance."""
    for count in (lost, 20):
        found = drawn({f"e{number}": 0 for number in range(lost)}, draws, count)
        verdict = verdict_on(suite, found, entry(repeats=draws), IDS[:count])
        assert verdict.paired is not None
        assert verdict.paired.is_worse is worse
    if worse:
        assert " over the draws of each); lower: e0 (1 -> 0), " in verdict.breaches[-1]


def test_draws_that_are_all_the_same_answer_are_one_observation(suite: Suite) -> None:
    """A target may ask at temperature 0 whatever the genome says."""
    for keys, worse in (("aaa", False), ("abc", True)):
        found = [
            replace(
                each,
                asked=tuple(
                    Asked(None, make_recording(key=f"{key} {each.example}"), draw)
                    for draw, key in enumerate(keys)
                ),
            )
            for each in drawn({f"e{number}": 0 for number in range(5)}, 3, 5)
        ]
        verdict = verdict_on(suite, found, entry(repeats=3), IDS[:5])
        assert verdict.paired is not None
        assert verdict.paired.is_worse is worse


def test_of_examples_with_the_same_inputs_the_worst_counts(suite: Suite) -> None:
    digests = {"e0": "one", "e1": "one", "e2": "one", "e3": "two"}
    unseen = Unseen(("e0", "e1", "e2", "e3"), (), 2, digests=digests)
    judged = verdict_on(suite, evaluations(zeros(0)), entry(["e0"]), (), unseen).unseen
    assert judged is not None
    assert (judged.figures.fitness.n, judged.figures.fitness.mean) == (2, 0.5)


def test_what_is_gone_counts_as_last_known_and_excuses_nothing(suite: Suite) -> None:
    held_out, locked = ("e0", "e1", "e2", "e3"), entry(["e0"])
    unseen = Unseen(held_out, (), 8, gone=(0.0,) * 5)
    verdict = verdict_on(suite, evaluations({}), locked, (), unseen)
    (breach,) = verdict.breaches
    told = "on the 9 examples that its search never saw (5 of them gone or edited: at their worst)"
    assert breach.startswith(f"{told}, fitness 0.44")
    better = Unseen(held_out, (), 8, gone=(0.9,) * 4)
    judged = verdict_on(suite, evaluations(zeros(0, 1, 2, 3)), locked, (), better).unseen
    assert judged is not None
    assert judged.figures.fitness.mean == 0.0


def test_a_tag_is_judged_by_what_its_search_never_saw(tmp_path: Path) -> None:
    golden = [
        {"id": name, "inputs": {"message": name}, "expected": name, "tags": [tag]}
        for name, tag in zip(IDS, ["seen"] * 10 + ["both"] * 10, strict=True)
    ]
    limits = {"seen": {"min": 0.75}, "both": {"min": 0.75}}
    suite = make_suite(tmp_path, golden=golden, objectives=ONLY_QUALITY, tags=limits)
    unseen = Unseen(("e10", "e11"), ("e12",), 2)
    # Of `both` one of three unseen examples fails; of `seen`, none of which is unseen, two of ten.
    verdict = verdict_on(suite, evaluations(zeros(0, 1, 12)), entry(IDS[10:12]), IDS, unseen)
    assert verdict.tags == (
        "tag 'both': quality 0.667 of 3 examples that its search did not have is below its min "
        "0.75",
    )
    assert verdict.tags[0] in verdict.breaches
    verdict = verdict_on(suite, evaluations(zeros(0, 1, 2, 13)), entry(IDS[10:12]), IDS, unseen)
    assert verdict.tags == ("tag 'seen': quality 0.7 of 10 examples is below its min 0.75",)
