from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from pytest_promptevo.fitness import Objectives, Score, Speed, figures
from pytest_promptevo.lock import Entry, HeldOut, LockedModel
from pytest_promptevo.lock.parts import MOST_NAMES_BEFORE, LockedSpeed, rounded, suite_figures
from unit.support import make_candidate, make_entry, with_candidates

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("number", "short"),
    [
        (0.123456, 0.1235),
        (123456.0, 123500.0),
        (-0.0, 0.0),
        (5e-05, 5e-05),
        (1.0, 1.0),
        (-0.017999, -0.018),
    ],
)
def test_figures_have_four_digits(number: float, short: float) -> None:
    assert repr(rounded(number)) == repr(short)


def test_the_figures_of_a_suite_are_whole() -> None:
    found = suite_figures(figures([Score(1.0, 10, 7, 0), Score(0.0, 20, 9, 1)], Objectives()))
    assert (found.n, found.quality.mean, found.tokens.mean, found.repairs.mean) == (2, 0.5, 8, 0.5)
    assert (found.latency_ms.mean, found.latency_p50, found.latency_p95) == (15, 15, 19.5)


def test_plain_data_leaves_out_what_is_empty() -> None:
    plain = make_entry(known_failures=[], replaces={}).plain()
    assert list(plain) == [
        "genome", "prompt", "output", "models", "figures", "search", "fingerprints",
    ]  # fmt: skip


def test_speeds_are_known_by_the_models_references() -> None:
    speed = Speed(2.5, 8.0, 0.97)
    models = {
        "primary": LockedModel(
            reference="scripted:a:b", digest="sha256:1", speed=LockedSpeed.of(speed)
        ),
        "other": LockedModel(reference="scripted:a:c", digest="sha256:2"),
    }
    entry = make_entry(models=models)
    assert entry.speeds == {"scripted:a:b": speed}
    assert entry.plain()["models"]["primary"]["speed"] == {
        "prompt_ms": 2.5, "completion_ms": 8.0, "r2": 0.97,
    }  # fmt: skip
    assert Entry(**entry.plain()).speeds == entry.speeds


@pytest.mark.parametrize(
    "changes", [{"prompt_ms": -1.0}, {"completion_ms": float("inf")}, {"r2": 1.5}]
)
def test_a_speed_that_cannot_be_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        LockedSpeed(**{"prompt_ms": 1.0, "completion_ms": 1.0, "r2": 1.0, **changes})


def test_the_schema_is_written_under_its_own_name() -> None:
    output = {"format": "json", "schema": {"type": "object"}, "max_repairs": 1}
    assert make_entry(output=output).plain()["output"] == output


@pytest.mark.parametrize(
    ("quality", "fails"), [(0.0, True), (0.69, True), (0.7, False), (0.9, False), (None, False)]
)
def test_the_lock_knows_a_failure_by_its_quality(quality: float | None, fails: bool) -> None:
    entry = make_entry(known_failures=["a"], quality={} if quality is None else {"a": quality})
    assert entry.fails("a", 0.7) is fails


def test_version_1_knows_failures_by_name() -> None:
    entry = make_entry(known_failures=["a"])
    assert (entry.fails("a", 0.7), entry.fails("b", 0.7)) == (True, False)


def test_what_version_1_did_not_hold_is_not_written_for_it() -> None:
    new = {"quality", "held_out", "recordings", "objectives", "candidates", "code", "repeats"}
    assert not new & set(make_entry().plain())


@pytest.mark.parametrize("make", [make_entry, make_candidate])
def test_draws_that_no_suite_can_have_are_refused(make: Callable[..., object]) -> None:
    make(repeats=100)
    with pytest.raises(ValidationError, match="repeats"):
        make(repeats=10**400)


def test_more_models_than_a_suite_can_have_are_refused() -> None:
    model = LockedModel(reference="scripted:a:b", digest="sha256:1")
    with pytest.raises(ValidationError, match="models"):
        make_entry(models={f"role{number}": model for number in range(101)})


@pytest.mark.parametrize(
    "changes",
    [
        {"names": ["message", "message"]},
        {"names_before": [["message", "message"]]},
        {"names_before": [[f"name{number}"] for number in range(MOST_NAMES_BEFORE + 1)]},
    ],
)
def test_names_by_which_examples_are_looked_for_without_end_are_refused(
    changes: dict[str, list[str]],
) -> None:
    with pytest.raises(ValidationError, match=next(iter(changes))):
        HeldOut(ids=["a"], inputs="00000001", searched="00000002", **changes)


def test_a_layout_that_is_none_is_refused_where_a_prompt_is_rendered() -> None:
    wrong = {"layout": "sideways", "model": "primary"}
    with pytest.raises(ValidationError, match="layout must be one of plain, last, system, cue"):
        make_entry(genome=wrong)
    with pytest.raises(ValidationError, match="form must be one of none, labels, only"):
        with_candidates(make_candidate(genome={"form": 1, "model": "primary"}))
    assert make_entry(genome=wrong, prompt=None, target="app:reply").genome == wrong
