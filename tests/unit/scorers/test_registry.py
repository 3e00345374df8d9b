from __future__ import annotations

import sys
from decimal import Decimal
from functools import partial, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import numpy as np
import pytest

from pytest_promptevo.prompt import Output
from pytest_promptevo.scorers import BUILT_IN, Judged, Scorer, ScorerSet, build
from pytest_promptevo.scorers.signatures import written
from pytest_promptevo.scorers.verdict import WrongVerdict, as_judged
from unit.support import expecting, text_output

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _same_path(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def starts_with(*, letter: str = "A") -> Scorer:
    return lambda output, _example: output.text.startswith(letter)


def returning(value: Any) -> Any:
    return lambda: lambda _output, _example: value


def make(*specs: Any, root: Path = Path(), **extra: Any) -> ScorerSet:
    return build(specs, extra, root)


def quality(scorers: ScorerSet, text: str = "x", expected: Any = "x", **own: Any) -> float:
    return scorers.score(text_output(text), expecting(expected, scorers=own)).quality


@pytest.mark.parametrize("name", sorted(BUILT_IN.keys() - {"judge", "similarity"}))
def test_a_scorer_without_a_model_needs_no_options(name: str) -> None:
    assert make(name).entries[0].name == name
    assert make({name: None}).entries[0].options == {}


def test_built_in_scorers_have_no_source_to_watch() -> None:
    assert make("exact_match").sources == {}


def test_quality_is_the_weighted_mean() -> None:
    scorers = make({"exact_match": {"weight": 3}}, {"contains": {"weight": 1}})
    assert quality(scorers, text="x!") == 0.25


def test_reasons_are_joined() -> None:
    judged = make("exact_match", "numeric").score(text_output("x"), expecting(7))
    assert judged.reason == "expected '7'; no number in the output"


def test_a_scorer_without_a_reason_is_the_reason() -> None:
    scorers = make("mine", {"good": None}, "exact_match", mine=returning(0.25), good=returning(1))
    judged = scorers.score(text_output("x"), expecting("y"))
    assert judged.reason == "scorer mine gave 0.25; expected 'y'"


def test_a_long_reason_is_cut() -> None:
    judged = make("mine", mine=returning((0, "x" * 5000))).score(text_output("x"), expecting("x"))
    assert len(judged.reason) == 1000


def test_an_example_may_override_options() -> None:
    scorers = make({"numeric": {"abs_tol": 1}})
    assert quality(scorers, text="13", expected=10) == 0
    assert quality(scorers, text="13", expected=10, numeric={"abs_tol": 5}) == 1


def test_an_override_keeps_the_other_options() -> None:
    scorers = make({"regex": {"pattern": "^a", "ignore_case": True}})
    assert quality(scorers, text="ABC", regex={"pattern": "^ab"}) == 1


def test_overrides_are_checked() -> None:
    scorers = make("numeric")
    scorers.check_overrides(expecting(1, scorers={"numeric": {"abs_tol": 1}}))
    with pytest.raises(ValueError, match="options of numeric: unknown option 'tol'"):
        scorers.check_overrides(expecting(1, scorers={"numeric": {"tol": 1}}))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("exact_mach", "unknown scorer 'exact_mach': did you mean 'exact_match'?"),
        ({"a": 1, "b": 2}, "a scorer is a name, or one name with its options"),
        ({}, "a scorer is a name, or one name with its options"),
        ({"numeric": 7}, "options of numeric must be a mapping"),
        (
            {"numeric": {"tol": 7}},
            "options of numeric: unknown option 'tol': did you mean 'rel_tol'?",
        ),
        ({"numeric": {"abs_tol": "x"}}, "options of numeric: "),
        ({"numeric": {"abs_tol": -1}}, "tolerances must not be negative"),
        ({"numeric": {"weight": 0}}, "weight of numeric must be a number above 0"),
        ({"numeric": {"weight": True}}, "weight of numeric must be a number above 0"),
        ({"numeric": {"weight": "2"}}, "weight of numeric must be a number above 0"),
        (
            {"regex": {"pattern": "("}},
            "options of regex: '(' is no pattern: missing ), unterminated subpattern",
        ),
        ({"regex": {"pattern": 7}}, "options of regex: "),
        ({"exact_match": {"ignore_case": "no"}}, "ignore_case must be true or false, not 'no'"),
        ({"contains": {"ignore_case": 0}}, "ignore_case must be true or false, not 0"),
        ({"fields": {"fields": "a"}}, "fields must be a list of names, not 'a'"),
        ({"json_schema": {"fields": "a"}}, "fields must be a list of names, not 'a'"),
        ("python:no_such_module:f", "cannot import 'python:no_such_module:f'"),
        ("python:", "cannot import 'python:'"),
        ("python:math", "cannot import 'python:math'"),
        ("python:math:nope", "cannot import 'python:math:nope'"),
        ("python:numpy:pi", "cannot import 'python:numpy:pi': 'pi' is not"),
        (
            {"python:yaml:dump": {"a": 1}},
            "options of python:yaml:dump: unknown option 'a': known: weight",
        ),
    ],
)
def test_a_wrong_scorer_is_refused(spec: Any, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        make(spec)
    assert said in str(caught.value)


@pytest.mark.parametrize("options", [None, {"partial": 0.5}])
def test_a_scorer_in_place_of_its_factory_is_told_so_with_options_too(options: Any) -> None:
    def mine(output: Any, example: Any) -> bool:
        return bool(output.text == example.expected)

    with pytest.raises(ValueError, match=r"put it into another function, def make_mine\(\)"):
        make({"mine": options}, mine=mine)


def test_a_misspelt_option_of_a_factory_with_two_is_told_as_such() -> None:
    def between(lowest: float, highest: float) -> Any:
        return lambda output, _example: lowest <= float(output.text) <= highest

    with pytest.raises(ValueError, match="unknown option 'lowst': did you mean 'lowest'"):
        make({"between": {"lowst": 1, "highst": 2}}, between=between)


def test_a_scorer_of_a_hook_takes_options() -> None:
    assert quality(make({"starts_with": {"letter": "x"}}, starts_with=starts_with)) == 1


def test_a_scorer_of_a_hook_goes_before_a_built_in_one() -> None:
    scorers = make("exact_match", exact_match=returning(0.25))
    assert quality(scorers) == 0.25
    assert set(scorers.sources) == {"exact_match"}


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (True, 1.0),
        (0, 0.0),
        (0.25, 0.25),
        (Judged(0.5, "half"), 0.5),
        ((True, "fine"), 1.0),
        ((0.5, None), 0.5),
        (Judged(True), 1.0),
        (np.float32(0.5), 0.5),
        (np.bool_(True), 1.0),
        (Decimal("0.5"), 0.5),
    ],
)
def test_a_scorer_may_return_a_number_a_bool_or_a_verdict(returned: Any, expected: float) -> None:
    assert quality(make("mine", mine=returning(returned))) == expected


@pytest.mark.parametrize(
    "returned", [1.5, -0.1, float("nan"), float("inf"), Judged(2.0), "1", None, (0.5,), (0.5, 7)]
)
def test_a_number_outside_0_to_1_is_refused(returned: Any) -> None:
    with pytest.raises(ValueError, match=r"scorer mine returned .*, not a number from 0 to 1"):
        quality(make("mine", mine=returning(returned)))


def test_a_python_scorer_is_imported_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "my_scorers.py").write_text(
        "def half(output, example):\n    return 0.5 if output.text == example.expected else 0\n"
    )
    scorers = make("python:my_scorers:half", root=tmp_path)
    assert quality(scorers) == 0.5
    assert set(scorers.sources) == {"python:my_scorers:half"}


def test_a_module_that_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad_scorers.py").write_text("\n1 / 0\n")
    told = r"'python:bad_scorers:f': ZeroDivisionError: division by zero \(bad_scorers.py:2\)"
    with pytest.raises(ValueError, match=told):
        make("python:bad_scorers:f", root=tmp_path)


def test_a_scorer_of_the_project_is_known_by_its_file(tmp_path: Path) -> None:
    (tmp_path / "own_scorers.py").write_text("def f(output, example):\n    return 1\n")
    scorers = make("python:own_scorers:f", "exact_match", root=tmp_path)
    assert scorers.files == ((tmp_path / "own_scorers.py").resolve(),)


def test_a_scorer_from_elsewhere_is_known_by_its_source(tmp_path: Path) -> None:
    one, other = make("mine", mine=starts_with, root=tmp_path), make("python:yaml:dump")
    assert one.files == other.files == ()
    assert one.sources != make("mine", mine=returning(1), root=tmp_path).sources


def test_a_factory_without_source_has_a_digest() -> None:
    class Always:
        def __call__(self) -> Scorer:
            return lambda _output, _example: 1

    assert make("mine", mine=Always()).sources["mine"].startswith("sha256:")


def test_the_output_reaches_the_scorer() -> None:
    seen: list[Output] = []
    scorers = make("mine", mine=lambda: lambda output, _example: bool(seen.append(output)) or 1)
    quality(scorers, text="x")
    assert seen == [Output("x", "x")]


@pytest.mark.parametrize("digits", [400, 5000])
def test_a_verdict_without_bounds_is_not_quoted_in_full(digits: int) -> None:
    with pytest.raises(WrongVerdict, match="type int") as caught:
        as_judged(10**digits, "scorer s")
    assert len(str(caught.value)) < 500


def as_a_scorer(output: Output, example: Any) -> bool:
    return output.text == example.expected


def with_options(output: Any = None, example: Any = None) -> Any:
    return output is example


def needing(*, letter: str) -> Scorer:
    return starts_with(letter=letter)


def of_one(*, strict: bool = False) -> Any:
    return lambda output: bool(output) is strict


def of_three() -> Any:
    def score(output: Any, example: Any, letter: str) -> bool:
        return bool(output) and bool(example) and bool(letter)

    return score


def waiting() -> Any:
    async def score(output: Any, example: Any) -> bool:
        return bool(output) and bool(example)

    return score


def of_two_and_a_limit(output: Any, example: Any, limit: float) -> bool:
    return len(output.text) * limit > len(example.expected)


HERE = r"\S*test_registry\.py:\d+"


@pytest.mark.parametrize(
    ("factory", "said"),
    [
        (
            as_a_scorer,
            r"options of mine: 'output' and 'example' are missing: as_a_scorer\(output.*, "
            rf"example.*\) .*of {HERE} is called with the suite's options alone and "
            r"must return the scorer, a function \(output, example\): .*def make_mine\(\): "
            r"return as_a_scorer",
        ),
        (
            with_options,
            rf"scorer mine: with_options\(output: .* of {HERE} must return the scorer, a function "
            r"\(output, example\), but returned True",
        ),
        (
            needing,
            rf"options of mine: 'letter' is missing: needing\(.*\) .*of {HERE} is called with the "
            r"suite's options alone: write {mine: {letter: ...}}, or give it a default",
        ),
        (
            of_one,
            rf"scorer mine: <lambda>\(output\) of {HERE} cannot be called with an output and "
            r"an example \(too many positional arguments\); a scorer is a function \(output, "
            r"example\)",
        ),
        (
            of_three,
            rf"scorer mine: score\(output.*letter.*of {HERE} cannot be called with an output "
            r"and an example \(missing a required argument: 'letter'\)",
        ),
        (waiting, rf"scorer mine: score\(.*of {HERE} is async; a scorer is a plain function"),
    ],
)
def test_a_function_of_the_wrong_form_is_refused_before_it_is_called(
    factory: Any, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        make("mine", mine=factory)


def test_what_cannot_be_looked_at_is_tried() -> None:
    made = make("mine", {"other": {"any": 1}}, mine=lambda: min, other=lambda **_: max)
    assert [entry.scorer for entry in made.entries] == [min, max]


def test_what_a_decorator_hands_on_is_not_asked_of_callers() -> None:
    @wraps(of_two_and_a_limit)
    def limited(*both: Any) -> bool:
        return of_two_and_a_limit(*both, 0.5)

    assert make("mine", mine=lambda: limited).entries[0].scorer is limited


@pytest.mark.parametrize("scorer", [partial(as_a_scorer), Mock(), lambda *both: len(both)])
def test_whatever_takes_an_output_and_an_example_is_a_scorer(scorer: Any) -> None:
    assert make("mine", mine=lambda: scorer).entries[0].scorer is scorer


def test_a_partial_that_holds_itself_is_looked_through_in_bounds() -> None:
    made = partial(len)
    made.__setstate__((made, (), {}, {}))
    assert written(made)
