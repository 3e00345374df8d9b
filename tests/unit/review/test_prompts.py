from __future__ import annotations

import pytest

from pytest_promptevo.review.prompts import _aligned

SYSTEM, USER = ("system", "s"), ("user", "u")
SHOT = [("user", "q"), ("assistant", "a")]


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ([USER], [USER], [(USER, USER)]),
        ([USER], [SYSTEM, USER], [(None, SYSTEM), (USER, USER)]),
        ([SYSTEM, USER], [USER], [(SYSTEM, None), (USER, USER)]),
        (
            [SYSTEM, USER],
            [*SHOT, USER],
            [(SYSTEM, None), (None, SHOT[0]), (None, SHOT[1]), (USER, USER)],
        ),
        (
            [*SHOT, USER],
            [*SHOT, *SHOT, USER],
            [
                (SHOT[0], SHOT[0]),
                (SHOT[1], SHOT[1]),
                (None, SHOT[0]),
                (None, SHOT[1]),
                (USER, USER),
            ],
        ),
    ],
)
def test_turns_stand_by_their_like(old: list, new: list, pairs: list) -> None:
    assert list(zip(_aligned(old, new), _aligned(new, old), strict=True)) == pairs
