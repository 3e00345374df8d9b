from __future__ import annotations

import pickle
import re

import pytest

from pytest_promptevo.base.patterns import SlowPattern, compiled_pattern

ENDLESS = "(a|aa)+$"
ANSWER = "a" * 60 + "b"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^(?!.*sorry)\w+", "all fine"),
        (r"(?P<word>\w)(?P=word)", "letter"),
        (r"(?<=€)\d+\Z", "€12"),
        (r"(\d)(?(1)-|x)", "1-"),
        (r"x_{i}", "x_{i}"),
        (r"a{e<=1}", "a{e<=1}"),
        (r"[]a]{2}", "]a"),
        (r"[{e}]{2}", "e}"),
        (r"\{e\}", "{e}"),
        (r"(?i)straße", "STRAßE"),
        (r"(?x) a b # {e", "ab"),
        (r"a{,2}b{1,}c{2}", "abcc"),
    ],
)
def test_patterns_mean_what_they_mean_to_python(pattern: str, text: str) -> None:
    for each in (text, "", "other", text.upper()):
        assert compiled_pattern(pattern).search(each) == bool(re.search(pattern, each))


def test_a_pattern_that_would_take_for_ever_is_given_up_and_named() -> None:
    with pytest.raises(SlowPattern, match=r"'\(a\|aa\)\+\$' takes more than 1 s") as caught:
        compiled_pattern(ENDLESS).search(ANSWER)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(.*)*=x", "^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_patterns_that_are_endless_to_python_and_are_not_here(pattern: str) -> None:
    assert not compiled_pattern(pattern).search("a" * 60 + "!")


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[", "unterminated"),
        ("(" * 5000, "recursion"),
        ("a{99999999999999}", "too large"),
        ("a{100000000}", "more than 50,000 parts"),
        ("(?:(?:a{1000}){1000}){1000}", "more than 50,000 parts"),
        ("(?:x|(?:a?){300}){300}", "more than 50,000 parts"),
        ("".join(f"[{chr(n)}-{chr(65535)}]" for n in range(300, 400)), "more than 50,000 parts"),
    ],
)
def test_what_is_no_pattern_that_can_be_used(pattern: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as caught:
        compiled_pattern(pattern)
    assert len(str(caught.value)) < 300
