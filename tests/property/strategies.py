"""Data as it may stand in files, and genes with their values."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pytest_promptevo.genome import Choice, FewShot, Flag, Float, Gene, Int, SearchSpace, Text

ODD = [
    "", " ", "\n", "a\n", "\na", " a\nb", "a \nb", "a\x85b\nc", "\u2028", "\t", "\r\n", "\x00",
    "\ufeff", "007", "1e5", "0x1", "no", "null", "~", "true", "- a", "# a", "a: b", "{{x}}", "|",
    ">", "'", '"', "---", "...", "=======", "<<<<<<< a", "# end of lock\n", "a" * 70, "é😀",
]  # fmt: skip

texts = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(ODD), max_size=4).map("".join))
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts
)
json_values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(texts, inner, max_size=4)),
    max_leaves=12,
)
objects = st.dictionaries(texts, json_values, max_size=4)


@st.composite
def numbers(draw: st.DrawFn) -> Gene:
    """Returns an int or float gene, linear or on a log scale."""
    log = draw(st.booleans())
    if draw(st.booleans()):
        low = draw(st.integers(1 if log else -1000, 1000))
        high = low + draw(st.integers(0, 1000))
        step: Any = draw(st.none() | (st.floats(1.05, 9) if log else st.integers(1, 99)))
        return Int(low, high, step, log=log)
    start = draw(st.floats(1e-12, 1e3) if log else st.floats(-1e3, 1e3))
    width = draw(st.sampled_from([0, 1e-3, 0.3, 1, 7.7, 1e3]))
    share = draw(st.none() | st.floats(0.011, 1.0))
    factor = draw(st.none() | st.floats(1.1, 9))
    size = None if share is None or not width else width * share
    return Float(start, start + width, factor if log else size, log=log)


@st.composite
def few_shots(draw: st.DrawFn) -> Gene:
    """Returns a few-shot gene."""
    pool = [f"s{at}" for at in range(draw(st.integers(0, 6)))]
    most = draw(st.integers(0, 7))
    return FewShot(pool, most, draw(st.integers(0, min(most, len(pool)))))


def _distinct(options: list[Any]) -> bool:
    return all(one != other for at, one in enumerate(options) for other in options[:at])


sentences = st.lists(st.sampled_from(["Do it.", "Be kind!", "Which one?"]), min_size=1, max_size=4)
grown = st.lists(sentences.map(" ".join), min_size=1, max_size=3, unique=True).map(Text)
choices = st.lists(scalars, min_size=1, max_size=5).filter(_distinct).map(Choice)
genes = st.one_of(numbers(), few_shots(), choices, st.builds(Flag), grown)
spaces = st.dictionaries(st.sampled_from("abcdef"), genes, min_size=1, max_size=4).map(SearchSpace)
seeds = st.integers(0, 2**32 - 1)
