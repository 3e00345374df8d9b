"""The benchmark's own books, on a small part of a real table."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from pytest_promptevo.evolve import STRATEGIES
from pytest_promptevo.recording import Recording
from pytest_promptevo.recording.record import best_for

from . import tables
from .ablations import ABLATIONS
from .baselines import BASELINES
from .measure import calls_until, median, ratio
from .methods import Run, run
from .replay import Replay
from .report import figures, report
from .signed_rank import p_less

TABLE = tables.load(Path(__file__).with_name("small.npz"))
BUDGET = 300


def test_the_table_has_every_genome_of_its_space() -> None:
    assert len(set(TABLE.genomes)) == TABLE.space.size == TABLE.scores.shape[1]
    rng = np.random.default_rng(0)
    drawn = {TABLE.space.sample(rng, TABLE.initial) for _ in range(500)}
    assert drawn <= set(TABLE.numbers)
    assert TABLE.initial in TABLE.numbers


def test_a_saved_table_is_the_same_table(tmp_path: Path) -> None:
    tables.save(TABLE, tmp_path / "copy.npz")
    copy = tables.load(tmp_path / "copy.npz")
    assert copy.genomes == TABLE.genomes
    assert copy.objectives == TABLE.objectives
    np.testing.assert_array_equal(copy.scores, TABLE.scores)
    np.testing.assert_array_equal(copy.asked, TABLE.asked)
    assert copy.answers.texts == TABLE.answers.texts


def test_a_table_without_texts_is_searched_alike(tmp_path: Path) -> None:
    tables.save(tables.without_texts(TABLE), tmp_path / "table.npz")
    bare = tables.load(tmp_path / "table.npz")
    assert set(bare.answers.texts) == {""}
    assert run(bare, "racing", 3, BUDGET).trace == run(TABLE, "racing", 3, BUDGET).trace


@pytest.mark.parametrize("method", [*STRATEGIES, *ABLATIONS, "random", "capo"])
def test_methods_replay(method: str) -> None:
    made = run(TABLE, method, 3, BUDGET)
    again = run(TABLE, method, 3, BUDGET)
    assert (made.trace, made.calls) == (again.trace, again.calls)
    assert 0 < made.calls <= BUDGET
    assert made.trace[0] == (0, TABLE.numbers[TABLE.initial])
    spent = [calls for calls, _ in made.trace]
    assert spent == sorted(spent)
    assert Run.of(made.plain()) == made


@pytest.mark.parametrize("method", [name for name in BASELINES if name not in ("random", "capo")])
def test_optuna_replays(method: str) -> None:
    pytest.importorskip("optuna", reason="needs the extra benchmarks: too heavy for dev")
    made = run(TABLE, method, 3, 120)
    assert 0 < made.calls <= 120
    assert len(made.trace) > 1


def test_the_quick_test_has_scipys_p_values():
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(4)
    for _ in range(20):
        differences = rng.choice([-1.0, -0.99, 0.0, 0.01, 1.0], size=int(rng.integers(3, 9)))
        found = stats.wilcoxon(differences, alternative="less", zero_method="zsplit").pvalue
        assert p_less(differences) == pytest.approx(found)


def test_calls_are_counted_as_the_package_counts_them() -> None:
    replay = Replay(TABLE, 1)
    answers, seen = TABLE.answers, {}
    rng = np.random.default_rng(5)
    for _ in range(3000):
        number = int(rng.integers(len(TABLE.genomes)))
        example = int(rng.choice(replay.examples))
        genome = TABLE.genomes[number]
        turns = TABLE.asked[replay.replicate(number, example), number, example]
        expected = 0
        for answer in map(int, turns[turns >= 0]):
            key, limit = str(answers.keys[answer]), genome["max_tokens"]
            if best_for(seen.setdefault(key, []), limit) is None:
                expected += 1
                finish = "stop" if answers.stopped[answer] else "length"
                length = int(answers.lengths[answer])
                seen[key].append(
                    Recording(key, limit, "", "", "", answers.texts[answer], finish, 1, length, 1.0)
                )
        score = replay.score(genome, example)
        assert replay.cost(genome, example, score) == expected


def test_without_free_evaluations_every_evaluation_costs() -> None:
    free, dear = Replay(TABLE, 1), Replay(TABLE, 1, free=False)
    cells = [(genome, each) for genome in TABLE.genomes for each in free.examples[:4]]
    paid = [sum(replay.cost(*cell, None) for cell in cells) for replay in (free, dear)]
    assert paid[0] < len(cells) <= paid[1]


def test_a_seed_draws_one_answer_per_request() -> None:
    warm = [genome for genome in TABLE.genomes if genome["temperature"]]
    draws = {}
    for seed in range(8):
        replay = Replay(TABLE, seed)
        for genome in warm:
            number, other = (
                TABLE.numbers[each]
                for each in (genome, genome.with_(max_tokens=TABLE.initial["max_tokens"]))
            )
            assert replay.replicate(number, 0) == replay.replicate(other, 0)
            draws.setdefault(number, set()).add(replay.replicate(number, 0))
    assert all(drawn <= {0, 1} for drawn in draws.values())
    assert any(drawn == {0, 1} for drawn in draws.values())


def test_calls_until_it_stays_good() -> None:
    values = np.array([0.1, 0.96, 1.0, 0.5])
    trace = [(0, 0), (10, 1), (20, 3), (30, 1), (40, 2)]
    assert calls_until(trace, values, 0.95) == 30
    assert calls_until(trace, values, 0.99) == 40
    assert calls_until(trace[:3], values, 0.95) == math.inf
    assert calls_until([(0, 2)], values, 0.99) == 0


def test_medians_of_censored_runs() -> None:
    assert median([3, 1, math.inf]) == 3
    assert median([1, 2, 3, math.inf]) == 2.5
    assert math.isinf(median([1, math.inf]))


def test_ratios_pair_seeds() -> None:
    rng = np.random.default_rng(2)
    theirs = rng.uniform(100, 1000, 40)
    even = ratio(theirs / 2, theirs, 2000, rng)
    assert (even.value, even.low, even.high) == pytest.approx((0.5, 0.5, 0.5))
    noisy = ratio(theirs * rng.uniform(0.3, 0.9, 40), theirs, 2000, rng)
    assert 0.3 < noisy.low < noisy.value < noisy.high < 0.9


def test_ratios_of_censored_runs_are_never_too_kind() -> None:
    rng = np.random.default_rng(2)
    ours, theirs = [100.0] * 10, [math.inf] * 10
    assert str(ratio(ours, theirs, 1000, rng)) == "≤ 0.10 [0.10, 0.10]"
    assert math.isinf(ratio(theirs, ours, 1000, rng).value)
    half = ratio([100.0] * 6 + [math.inf] * 4, [200.0] * 10, 1000, rng)
    assert half.value == 0.5
    assert math.isinf(half.high)


def test_the_report_shows_censored_runs() -> None:
    lost = [
        Run(TABLE.name, method, seed, BUDGET, BUDGET, "budget", 0.1, ((0, 0), (50 + seed, 1)))
        for method in ("greedy", "classic")
        for seed in range(3)
    ]
    best = int(TABLE.values(range(len(TABLE.examples))).argmax())
    assert best > 1
    text = report(TABLE, lost, BUDGET, np.random.default_rng(0))
    assert f"| classic | > {BUDGET:,} (3 of 3 never) |" in text


def test_the_best_genome_itself_does_not_overfit() -> None:
    everything = range(len(TABLE.examples))
    order = [int(at) for at in TABLE.kept_values(everything).argsort()]
    replays = {seed: Replay(TABLE, seed) for seed in range(4)}
    for number, overfits in ((order[-1], False), (order[len(order) // 2], True)):
        runs = [Run(TABLE.name, "classic", s, 9, 9, "", 0.1, ((0, number),)) for s in replays]
        assert any(figures(replays, runs).overfit) == overfits
