"""The reward model: what it learns, when it may screen, and that it only ranks."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve import Budget, evolve
from pytest_promptevo.evolve.racing.surrogate import Surrogate
from pytest_promptevo.night.evidence import Searched, Served
from pytest_promptevo.night.reward_model import FEWEST, UNSEEN, Keep, RewardModel
from unit.evolve.landscape import INITIAL, SPACE, chance, score

RNG = np.random.default_rng


def searched(count, examples=40, seed=0, reward=None):
    rng = RNG(seed)
    genomes = list(dict.fromkeys(SPACE.sample(rng, INITIAL) for _ in range(2 * count)))[:count]
    reward = reward or (lambda genome, example: score(genome, example).quality)
    return Searched(
        {genome: {str(at): reward(genome, at) for at in range(examples)} for genome in genomes}
    )


def strangers(count, seed=1):
    rng = RNG(seed)
    return list(dict.fromkeys(SPACE.sample(rng, INITIAL) for _ in range(count)))


def test_it_ranks_genomes_that_nobody_has_seen():
    model = RewardModel(SPACE).fit([], [searched(40)])
    genomes = strangers(100)
    expected = model.expected(genomes)
    assert np.corrcoef(expected, [chance(genome) for genome in genomes])[0, 1] > 0.5
    assert model.active, model.reason
    assert model.reason.startswith(f"on: of the best quarter of {model.genomes} known genomes")


def test_what_it_expects_is_a_reward():
    model = RewardModel(SPACE).fit([], [searched(40, reward=lambda *_: 1.0)])
    assert all(0 <= model.predict(genome) <= 1 for genome in strangers(20))
    assert RewardModel(SPACE).predict(INITIAL) == 0.5


def test_without_enough_genomes_everything_passes():
    model = RewardModel(SPACE).fit([], [searched(FEWEST - 1)])
    genomes = strangers(30)
    assert model.screen(genomes, RNG(0)) == genomes
    assert model.reason == "off: 19 genomes are known from searches and production, 20 are needed"


def test_where_genes_tell_nothing_everything_passes_and_it_says_why():
    rng = RNG(3)
    luck = searched(60, examples=10, reward=lambda *_: float(rng.random() < 0.5))
    model = RewardModel(SPACE).fit([], [luck])
    assert not model.active
    assert model.screen(strangers(30), rng) == strangers(30)
    assert model.reason.startswith("off: of the best quarter of 60 known genomes it keeps ")
    assert model.reason.endswith("80% are needed")


def test_the_better_half_is_kept_in_its_order_and_a_tenth_passes_unseen():
    model = RewardModel(SPACE).fit([], [searched(60)])
    genomes = strangers(400)
    kept = model.screen(genomes, RNG(5))
    assert kept == [genome for genome in genomes if genome in set(kept)]
    share = 0.5 + 0.5 * UNSEEN
    assert abs(len(kept) - share * len(genomes)) < 4 * math.sqrt(len(genomes)) / 2
    better = sorted(genomes, key=model.predict, reverse=True)[: len(genomes) // 2]
    assert set(better[:-5]) <= set(kept)
    assert kept == model.screen(genomes, RNG(5))
    assert kept != model.screen(genomes, RNG(6))


def test_above_keeps_what_is_expected_to_be_good_enough():
    model = RewardModel(SPACE, Keep(above=0.6)).fit([], [searched(60)])
    model.recall = 1.0
    genomes = strangers(100)
    kept = model.screen(genomes, RNG(0))
    assert {genome for genome in genomes if model.predict(genome) > 0.6} <= set(kept)
    assert len(kept) < len(genomes)


@pytest.mark.parametrize("arguments", [{"share": 0}, {"share": 1}, {"above": 0}, {"above": 1.2}])
def test_a_share_that_is_none_is_refused(arguments):
    with pytest.raises(SettingsError, match=r"keep: .* is no share|above: .* is no reward"):
        Keep(**arguments)


def test_production_is_brought_to_the_level_of_the_golden_examples():
    known = searched(30, reward=lambda genome, _: chance(genome))
    genomes = list(known.rewards)
    best = max(strangers(50, seed=8), key=chance)
    # Requests are harder by 0.3 for all genomes alike.
    log = [Served(genome, 5_000, chance(genome) - 0.3, 0.2) for genome in [*genomes[:3], best]]
    model = RewardModel(SPACE).fit(log, [known])
    assert model.genomes == len({*genomes, best})
    assert model.predict(best) == pytest.approx(chance(best), abs=0.05)


def test_production_alone_teaches_it_too():
    log = [Served(genome, 1_000, chance(genome), 0.2) for genome in strangers(40)[:25]]
    model = RewardModel(SPACE).fit(log, [])
    assert model.genomes == 25
    assert model.recall is not None


def test_a_genome_that_is_left_out_is_predicted_from_the_others():
    known = searched(25).rewards
    genomes = list(known)
    effects = np.array([np.mean(list(known[genome].values())) for genome in genomes])
    variances = np.full(len(genomes), 0.01)
    surrogate = Surrogate(SPACE)
    surrogate.fit(genomes, effects, variances)
    found = surrogate.left_out()
    for at in (0, 7, 24):
        rest = [index for index in range(len(genomes)) if index != at]
        other = Surrogate(SPACE)
        other._mixture, other._weighed = surrogate._mixture, 10**6
        other.fit([genomes[index] for index in rest], effects[rest], variances[rest])
        (expected,), _ = other.predict([genomes[at]])
        # The mean of all is another one without it.
        assert found[at] == pytest.approx(expected, abs=0.02)


def test_a_search_evaluates_what_the_screen_keeps_and_the_tenth_that_passes():
    kept, refused = set(), set()

    def screen(children):
        better = [child for child in children if not child["cot"]]
        kept.update(better)
        refused.update(set(children) - set(better))
        return better

    result = evolve(
        SPACE,
        range(30),
        score,
        initial=INITIAL,
        budget=Budget(calls=250),
        rng=4,
        screen=screen,
    )
    assert kept
    assert refused
    assert not refused & (set(result.scored) - kept)


def test_a_search_without_children_ends_well():
    result = evolve(
        SPACE, range(20), score, initial=INITIAL, budget=Budget(calls=400), rng=4,
        screen=lambda _children: [],
    )  # fmt: skip
    assert result.recommended in result.scored
