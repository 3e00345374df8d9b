from __future__ import annotations

import pytest

from pytest_promptevo.fitness import NAMES, Objectives, Score, Term, figures, sum_in_words

DEFAULT = {"quality": 1.0, "latency_ms": -0.001, "tokens": -0.0005, "repairs": -0.2}


def test_the_terms_of_the_means_add_up_to_the_mean_fitness() -> None:
    objectives = Objectives({**DEFAULT, "quality": 2.0})
    scores = [Score(0.3, 900, 41, 1), Score(1.0, 2100, 730, 0), Score(0.0, 7, 90, 2)]
    found = figures(scores, objectives)
    assert [term.name for term in found.terms] == list(NAMES)
    assert sum(term.amount for term in found.terms) == pytest.approx(found.fitness.mean)


def test_what_has_no_weight_is_no_term() -> None:
    objectives = Objectives({"quality": 1.0, "tokens": 0.0, "repairs": -0.2})
    means = dict.fromkeys(NAMES, 0.5)
    assert objectives.terms(means) == (Term("quality", 1.0, 0.5), Term("repairs", -0.2, 0.5))


@pytest.mark.parametrize(
    ("weights", "score", "words"),
    [
        (
            DEFAULT,
            Score(0.74, 1410, 338),
            "fitness -0.84 = quality 0.74 - latency 1.41 (1,410 ms) - tokens 0.17 (338)",
        ),
        (
            DEFAULT,
            Score(1.0, 14, 14),
            "fitness 0.979 = quality 1.000 - latency 0.014 (14 ms) - tokens 0.007 (14)",
        ),
        (DEFAULT, Score(0.0), "fitness 0.00 = quality 0.00"),
        (
            DEFAULT,
            Score(0.0, repairs=0.5),
            "fitness -0.10 = quality 0.00 - repairs 0.10 (0.50)",
        ),
        ({"quality": 2.0}, Score(0.74, 1410, 338), "fitness 1.48 = quality 1.48 (2 x 0.74)"),
        ({"tokens": -0.01}, Score(0.5, tokens=30), "fitness -0.30 = -tokens 0.30 (30)"),
        (
            {"quality": 1.0, "tokens": 0.01},
            Score(0.5, tokens=30),
            "fitness 0.80 = quality 0.50 + tokens 0.30 (30)",
        ),
    ],
)
def test_a_fitness_is_told_as_a_sum(weights: dict[str, float], score: Score, words: str) -> None:
    assert figures([score], Objectives(weights)).explained() == words


def test_nothing_counts() -> None:
    assert sum_in_words(0.0, ()) == "fitness 0.00"
