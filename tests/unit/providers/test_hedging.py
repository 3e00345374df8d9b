from __future__ import annotations

import threading

import pytest

from pytest_promptevo.providers.http.hedging import Pace, hedged, is_worth_asking


@pytest.mark.parametrize(
    ("age_s", "slow_s", "idle_s", "is_worth"),
    [
        (9.0, None, None, False),  # nobody knows how long a call takes
        (11.0, None, None, True),
        (1.0, 3.0, None, False),  # of the idle one nothing is known
        (6.5, 3.0, None, True),
        (0.1, 8.0, 1.0, False),  # the idle one would not have answered by now either
        (1.5, 8.0, 1.0, True),
        (7.5, 8.0, 1.0, False),  # the slow one is nearly there
        (9.0, 8.0, 1.0, False),
        (16.5, 8.0, 1.0, True),  # it hangs
        (1.5, 1.0, 8.0, False),
        (8.5, 1.0, 8.0, True),
    ],
)
def test_when_a_second_server_is_asked(
    age_s: float, slow_s: float | None, idle_s: float | None, is_worth: bool
) -> None:
    assert is_worth_asking(age_s, Pace(slow_s), Pace(idle_s)) is is_worth


def test_a_pace_follows_the_calls() -> None:
    pace = Pace()
    pace.note(2.0)
    assert pace.typical_s == 2.0
    pace.note(1.0)
    assert pace.typical_s == pytest.approx(1.8)


def test_the_first_answer_counts_and_an_error_does_not_end_the_other_attempt() -> None:
    goes_on = threading.Event()

    def attempt(server: str) -> str:
        if server == "second":
            goes_on.set()
            raise ValueError("no")
        assert goes_on.wait(10)
        return server

    assert hedged(attempt, "first", lambda: "second") == "first"


def test_where_both_fail_the_last_error_is_raised() -> None:
    goes_on = threading.Event()

    def attempt(server: str) -> str:
        if server == "first":
            assert goes_on.wait(10)
        goes_on.set()
        raise ValueError(server)

    with pytest.raises(ValueError, match="first"):
        hedged(attempt, "first", lambda: "second")
