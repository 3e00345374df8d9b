from __future__ import annotations

from math import comb
from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.evaluation.evaluation import Asked, Evaluation
from pytest_promptevo.evaluation.measure import baseline
from pytest_promptevo.fitness import Feedback, Score
from pytest_promptevo.lock import LockedModel
from pytest_promptevo.lock.parts import LockedPrompt
from pytest_promptevo.project.against_lock import AgainstLock, Standing
from pytest_promptevo.project.suite_run import SuiteRun
from pytest_promptevo.recording import CommittedFile
from unit.support import SUITE, make_entry, make_evaluator, make_recording, make_suite

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.suite import Suite

A, B = SUITE["golden"]
OTHER_B = {**B, "expected": "23"}
C = {"id": "c", "inputs": {"message": "order 33"}, "expected": "33"}


def entry_of(suite: Suite, **changes: Any) -> Entry:
    models = {
        role: LockedModel(reference=name, digest="d1") for role, name in suite.prompt.models.items()
    }
    template = suite.prompt.template
    assert template is not None
    values: dict[str, Any] = {
        "genome": suite.shipped.plain(),
        "prompt": LockedPrompt(user=template.user, system=template.system),
        "output": suite.prompt.output,
        "shots": [],
        "fingerprints": suite.fingerprints,
        "models": models,
        "known_failures": [],
        "quality": {},
        "recordings": "sha256:1",
    }
    return make_entry(**{**values, **changes})


def committed(folder: Path, suite: Suite | None = None, digest: str = "sha256:1") -> CommittedFile:
    golden = {example.id: example.fingerprint for example in suite.examples} if suite else {}
    path = folder / "promptevo_recordings" / "orders.jsonl"
    return CommittedFile(path, golden=golden, digest=digest)


FILE = "promptevo_recordings/orders.jsonl"


@pytest.mark.parametrize(
    ("locked", "digest", "said"),
    [
        ("sha256:1", "sha256:1", ""),
        ("sha256:1", "sha256:2", f"{FILE} is not the file with which some.lock was written"),
        ("sha256:1", "", f"{FILE} is missing, with which some.lock was written"),
        ("", "sha256:2", "entry orders of some.lock names no recordings, as every entry does"),
        (None, "", ""),
        (None, "sha256:2", f"{FILE} is committed, but some.lock is gone"),
    ],
)
def test_recordings_belong_to_the_lock(
    tmp_path: Path, locked: str | None, digest: str, said: str
) -> None:
    suite = make_suite(tmp_path)
    entry = None if locked is None else entry_of(suite, recordings=locked)
    assert (
        AgainstLock(suite, entry, committed(tmp_path, digest=digest)).foreign(
            tmp_path / "some.lock"
        )
        == said
    )


def test_an_entry_of_version_1_names_no_recordings(tmp_path: Path) -> None:
    suite = make_suite(tmp_path)
    entry = entry_of(suite, recordings="", quality=None)
    assert AgainstLock(suite, entry, committed(tmp_path)).foreign(tmp_path / "some.lock") == ""


def test_recordings_answer_the_golden_examples_of_the_lock(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, golden=[A, B])
    entry, recorded = entry_of(suite), committed(tmp_path, suite)
    assert AgainstLock(suite, entry, recorded).foreign(tmp_path / "some.lock") == ""
    forged = committed(tmp_path, suite)
    forged.golden["b"] = "sha256:0"
    said = f"{FILE} says of 'b' that another golden example was answered than the one"
    assert AgainstLock(suite, entry, forged).foreign(tmp_path / "some.lock").startswith(said)
    edited = make_suite(tmp_path, golden=[A, OTHER_B])
    assert AgainstLock(edited, entry, recorded).foreign(tmp_path / "some.lock") == ""


def test_golden_examples_that_changed_are_named(tmp_path: Path) -> None:
    before = make_suite(tmp_path, golden=[A, B])
    recorded, entry = committed(tmp_path, before), entry_of(before)
    same = AgainstLock(before, entry, recorded)
    assert (same.golden_changes, set(same.comparable)) == ((), {"a", "b"})
    now = make_suite(tmp_path, golden=[OTHER_B, C])
    against = AgainstLock(now, entry, recorded)
    assert against.golden_changes == ("b edited", "c new", "a gone")
    assert set(against.comparable) == set()
    more = AgainstLock(make_suite(tmp_path, golden=[A, OTHER_B, C]), entry, recorded)
    assert (more.golden_changes, set(more.comparable)) == (("b edited", "c new"), {"a"})


def test_recordings_without_digests_name_no_golden_example(tmp_path: Path) -> None:
    entry = entry_of(make_suite(tmp_path))
    now = make_suite(tmp_path, golden=[A, OTHER_B])
    against = AgainstLock(now, entry, committed(tmp_path))
    assert (against.golden_changes, set(against.comparable)) == ((), set())


def test_other_scorers_make_nothing_comparable(tmp_path: Path) -> None:
    before = make_suite(tmp_path)
    recorded, entry = committed(tmp_path, before), entry_of(before)
    now = make_suite(tmp_path, scorers=["contains"])
    assert set(AgainstLock(now, entry, recorded).comparable) == set()
    assert set(AgainstLock(now, None, recorded).comparable) == set()


def evaluation(quality: float, mark: float = 1.0, **changes: Any) -> Evaluation:
    values: dict[str, Any] = {"example": "b", "passed": quality >= mark, **changes}
    return Evaluation(Score(quality), Feedback("", ""), **values)


@pytest.mark.parametrize(
    ("quality", "changes", "standing"),
    [
        (1.0, {}, Standing.PASSED),
        (1.0, {"quality": {"b": 0.0}}, Standing.PASSED),
        (0.9, {}, Standing.REGRESSED),
        (0.9, {"quality": {"a": 0.5}}, Standing.REGRESSED),
        (0.5, {"quality": {"b": 0.5}}, Standing.KNOWN),
        (0.7, {"quality": {"b": 0.5}}, Standing.KNOWN),
        (0.41, {"quality": {"b": 0.5}}, Standing.KNOWN),
        (0.39, {"quality": {"b": 0.5}}, Standing.WORSE),
        (0.0, {"quality": {"b": 0.55}}, Standing.WORSE),
        (0.0, {"quality": None, "known_failures": ["b"]}, Standing.KNOWN),
        (0.0, {"quality": None, "known_failures": ["a"]}, Standing.REGRESSED),
    ],
)
def test_an_example_stands_as_the_lock_knows_it(
    tmp_path: Path, quality: float, changes: dict[str, Any], standing: Standing
) -> None:
    suite = make_suite(tmp_path)
    against = AgainstLock(suite, entry_of(suite, **changes), committed(tmp_path, suite))
    assert against.standing(evaluation(quality)) is standing


@pytest.mark.parametrize(("quality", "standing"), [(0.0, Standing.FAILED), (1.0, Standing.PASSED)])
def test_without_a_lock_a_failure_is_a_failure(
    tmp_path: Path, quality: float, standing: Standing
) -> None:
    against = AgainstLock(make_suite(tmp_path), None, committed(tmp_path, digest=""))
    assert against.standing(evaluation(quality)) is standing


def test_the_pass_mark_says_what_the_lock_knows_to_fail(tmp_path: Path) -> None:
    suite = make_suite(tmp_path, pass_mark=0.6)
    against = AgainstLock(suite, entry_of(suite, quality={"b": 0.7}), committed(tmp_path, suite))
    assert against.standing(evaluation(0.65, 0.6)) is Standing.PASSED
    assert against.standing(evaluation(0.55, 0.6)) is Standing.REGRESSED


def test_a_known_failure_that_became_another_example_is_not_compared(tmp_path: Path) -> None:
    before = make_suite(tmp_path)
    entry, recorded = entry_of(before, quality={"b": 0.9}), committed(tmp_path, before)
    now = make_suite(tmp_path, golden=[A, OTHER_B])
    assert AgainstLock(now, entry, recorded).standing(evaluation(0.0)) is Standing.KNOWN


@pytest.mark.parametrize("passes", range(11))
def test_draws_that_fail_more_often_regress_beyond_chance_alone(
    tmp_path: Path, passes: int
) -> None:
    suite = make_suite(tmp_path, genome={"temperature": 0.5}, repeats=10)
    entry = entry_of(suite, repeats=10)
    against = AgainstLock(suite, entry, committed(tmp_path, suite))
    found = evaluation(passes / 10, draws=10, passes=passes)
    # All ten draws of the lock passed: Fisher's exact test is hypergeometric.
    p_value = sum(
        comb(10 + passes, count) * comb(10 - passes, 10 - count) for count in range(passes + 1)
    ) / comb(20, 10)
    beyond = p_value <= 0.01 / 2
    expected = Standing.REGRESSED if beyond else Standing.UNSTABLE
    assert against.standing(found) is (Standing.PASSED if passes == 10 else expected)
    assert beyond is (passes <= 3)


@pytest.mark.parametrize(
    ("known", "quality", "standing"),
    [
        (0.75, 0.63, Standing.KNOWN),
        (0.75, 0.0, Standing.WORSE),
        (1.0, 0.9, Standing.REGRESSED),
    ],
)
def test_partial_credit_is_compared_with_partial_credit(
    tmp_path: Path, known: float, quality: float, standing: Standing
) -> None:
    """Draws of 0.6 and 0.9 never reach the pass mark: that is no fall of 0.75 to nothing."""
    suite = make_suite(tmp_path, genome={"temperature": 0.5}, repeats=10)
    entry = entry_of(suite, repeats=10, quality={"b": known} if known < 1 else {})
    against = AgainstLock(suite, entry, committed(tmp_path, suite))
    assert against.standing(evaluation(quality, draws=10, passes=0)) is standing


def test_an_answer_is_new_where_it_differs_from_the_committed_one(tmp_path: Path) -> None:
    suite, recorded = make_suite(tmp_path), committed(tmp_path)
    recorded.add("b", make_recording())
    against = AgainstLock(suite, entry_of(suite), recorded)
    same, other = Asked(16, make_recording()), Asked(16, make_recording(text="12"))
    assert not against.is_new(evaluation(1.0, asked=(same,)))
    assert against.is_new(evaluation(1.0, asked=(other,)))
    assert against.is_new(evaluation(1.0, asked=(same, same)))
    assert against.is_new(evaluation(1.0, example="a", asked=(same,)))


def test_a_run_goes_on_with_a_new_entry(tmp_path: Path) -> None:
    evaluator, model = make_evaluator(tmp_path, lambda request: request.messages[-1].content)
    suite = evaluator.suite
    evaluator.answers.committed = committed(tmp_path, make_suite(tmp_path, golden=[A, OTHER_B]))
    old = entry_of(suite, fingerprints={**suite.fingerprints, "golden": "sha256:0"})
    run = SuiteRun(suite, evaluator, tmp_path / "promptevo.lock", old, suite.shipped, {})
    assert run.stale == ["the golden examples (b edited)"]
    assert run.facts.stale == ("the golden examples (b edited)",)
    assert set(run.against.comparable) == {"a"}
    done = baseline(evaluator, suite.shipped)
    locked = {"primary": LockedModel(reference="scripted:answers:echo", digest=model.digest())}
    new = entry_of(suite, models=locked)
    run.adopt(new, committed(tmp_path, suite), done)
    assert (run.stale, run.facts.stale, run.facts.state) == ([], (), "locked")
    assert set(run.against.comparable) == {"a", "b"}
    assert run.evaluation(suite.examples[0]) is done[0]
    assert run.against.foreign(run.lock_path) == ""
