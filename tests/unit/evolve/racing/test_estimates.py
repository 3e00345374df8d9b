"""The two-way fit, the surrogate and the trust in it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_promptevo.evolve.ledger import Ledger
from pytest_promptevo.evolve.racing.beliefs import Beliefs, expected_improvement
from pytest_promptevo.evolve.racing.calibration import FEWEST, Calibration, spearman
from pytest_promptevo.evolve.racing.effects import two_way
from pytest_promptevo.evolve.racing.kernel import Kernel
from pytest_promptevo.evolve.racing.surrogate import Surrogate
from pytest_promptevo.fitness import Limit, Objectives, Score, Scored
from pytest_promptevo.genome import Choice, FewShot, Float, SearchSpace
from unit.evolve.landscape import INITIAL, SPACE, chance


def test_two_way_makes_partial_rows_comparable():
    genomes, examples = np.array([0.2, 0.5, 0.8]), np.linspace(-0.2, 0.2, 8)
    values = genomes[:, None] + examples
    values[0, 4:] = np.nan
    values[2, :3] = np.nan
    fit = two_way(np.vstack([values, np.tile(examples + 0.4, (40, 1))]))
    assert fit.genomes[:3] == pytest.approx(genomes, abs=0.02)
    assert fit.examples == pytest.approx(examples, abs=0.02)
    assert fit.variances[1] == 0.0


def test_two_way_knows_how_sure_it_is():
    rng = np.random.default_rng(0)
    values = (rng.random((200, 40)) < 0.5).astype(float)
    truth = values.mean(axis=1)
    gaps = rng.permuted(np.tile(np.arange(40) >= 8, (200, 1)), axis=1)
    fit = two_way(np.where(gaps, np.nan, values))
    off = (fit.genomes - truth) / np.sqrt(fit.variances)
    assert 0.85 < np.std(off) < 1.15
    assert two_way(np.where(gaps, np.nan, 1.0)).variances == pytest.approx(0.0)


def test_likeness_is_one_for_the_same_genome_and_symmetric():
    rng = np.random.default_rng(0)
    genomes = [SPACE.sample(rng) for _ in range(20)]
    likeness = Kernel(SPACE).likeness(genomes, genomes)
    assert likeness.shape == (len(SPACE.free), 20, 20)
    assert np.allclose(likeness, likeness.transpose(0, 2, 1))
    assert np.allclose(likeness.diagonal(axis1=1, axis2=2), 1.0)
    assert likeness.min() >= 0
    for one in likeness:
        assert np.linalg.eigvalsh(one).min() > -1e-9


def test_likeness_of_values_outside_the_space():
    odd = INITIAL.with_(text="legacy", temperature=9.0, max_tokens=0, shots=("old",))
    likeness = Kernel(SPACE).likeness([odd], [INITIAL])
    assert np.isfinite(likeness).all()
    assert likeness[0, 0, 0] == 0.0


def learned(space, genomes, effects, variances):
    surrogate = Surrogate(space)
    surrogate.fit(genomes, np.asarray(effects), np.asarray(variances))
    return surrogate


def test_the_surrogate_predicts_what_it_has_not_seen():
    rng = np.random.default_rng(1)
    genomes = [SPACE.sample(rng) for _ in range(120)]
    truth = np.array([chance(genome) for genome in genomes])
    noisy = truth[:80] + rng.normal(0, 0.05, 80)
    surrogate = learned(SPACE, genomes[:80], noisy, np.full(80, 0.05**2))
    mean, covariance = surrogate.predict(genomes[80:])
    assert np.corrcoef(mean, truth[80:])[0, 1] > 0.9
    off = (mean - truth[80:]) / np.sqrt(covariance.diagonal())
    assert 0.3 < np.std(off) < 1.6


def test_the_surrogate_learns_which_genes_count():
    space = SearchSpace(
        {"a": Float(0, 1), "b": Choice(list("uvwxyz")), "c": FewShot(list("klmnop"), max=4)}
    )
    rng = np.random.default_rng(1)
    genomes = [space.sample(rng) for _ in range(60)]
    effects = [genome["a"] for genome in genomes]
    surrogate = learned(space, genomes, effects, np.full(60, 1e-4))
    weights = surrogate._mixture.weights
    assert weights[0] > 3 * max(weights[1:])


def test_a_contrast_is_what_prediction_and_covariance_say():
    rng = np.random.default_rng(2)
    genomes = [SPACE.sample(rng) for _ in range(30)]
    surrogate = learned(SPACE, genomes, rng.random(30), np.full(30, 0.01))
    best, others = genomes[3], [genomes[5], *(SPACE.sample(rng) for _ in range(5))]
    kernel = Kernel(SPACE)
    gain, variance = surrogate.contrast(
        best, others, kernel.likeness(genomes, [best, *others]), kernel.likeness([best], others)
    )
    mean, covariance = surrogate.predict([best, *others])
    assert gain == pytest.approx(mean[1:] - mean[0])
    own = covariance.diagonal()
    assert variance == pytest.approx(own[1:] + own[0] - 2 * covariance[0, 1:])
    assert surrogate.fitted() == pytest.approx(surrogate.predict(genomes)[0])


def test_expected_improvement_is_the_mean_of_the_gains():
    gain, spread = np.array([-0.3, 0.0, 0.1, 0.2]), np.array([0.1, 0.2, 0.05, 0.0])
    draws = gain + spread * np.random.default_rng(0).standard_normal((100_000, 4))
    expected = np.maximum(draws, 0).mean(axis=0)
    assert expected_improvement(gain, spread) == pytest.approx(expected, abs=2e-3)


def test_costs_are_believed_with_a_noise_of_their_own():
    """Ten examples tell nothing of quality that is a coin toss, and all of costs."""
    rng = np.random.default_rng(4)
    genomes = [SPACE.sample(rng) for _ in range(20)]
    lengths = np.array([0.1 * len(genome["shots"]) for genome in genomes])
    beliefs = Beliefs(SPACE, Ledger(INITIAL, 10, Objectives()), blind=False)
    noisy = (np.full(20, 0.5) + rng.normal(0, 0.3, 20), np.full(20, 0.09))
    beliefs.fit(genomes, [noisy, (-lengths, np.full(20, 1e-8))])
    cheap, dear = (INITIAL.with_(shots=shots) for shots in ((), ("e0", "e1", "e2")))
    gain, _ = beliefs.contrast(dear, [cheap])
    assert gain[0] == pytest.approx(0.3, abs=0.1)


def test_what_keeps_the_limits_is_likelier_to_do_so():
    """At most 25 tokens, which every few-shot example adds 10 to; one call in ten adds 100."""
    rng = np.random.default_rng(5)
    genomes = list(dict.fromkeys(SPACE.sample(rng) for _ in range(30)))
    objectives = Objectives({"quality": 1.0}, {"tokens": Limit(max=25, p95_max=90)})
    ledger = Ledger(genomes[0], 10, objectives)
    for genome in genomes:
        for index in range(10):
            late = 100.0 * (genome["text"] == "loud" and index in (3, 7))
            tokens = 5.0 + 10 * len(genome["shots"]) + late
            ledger.add(genome, index, Scored(Score(1.0, tokens=tokens)), 1)
    beliefs = Beliefs(SPACE, ledger, blind=False)
    beliefs.fit(genomes, [(np.ones(len(genomes)), np.full(len(genomes), 1e-6))] * 2)
    few, many, late = beliefs.feasible(
        [
            INITIAL.with_(shots=("e1",)),
            INITIAL.with_(shots=("e1", "e2", "e3")),
            INITIAL.with_(shots=("e1",), text="loud"),
        ]
    )
    assert few > 0.8 > 0.3 > max(many, late)


def test_without_noise_and_without_difference_nothing_breaks():
    rng = np.random.default_rng(2)
    genomes = [SPACE.sample(rng) for _ in range(3)]
    surrogate = learned(SPACE, genomes, np.full(3, 0.4), np.zeros(3))
    assert surrogate.predict([*genomes, INITIAL])[0] == pytest.approx(np.full(4, 0.4))
    assert surrogate.fitted() == pytest.approx(np.full(3, 0.4))


def test_a_blind_surrogate_generalises_nothing():
    rng = np.random.default_rng(3)
    genomes = [SPACE.sample(rng) for _ in range(30)]
    effects = np.array([chance(genome) for genome in genomes])
    surrogate = Surrogate(SPACE, blind=True)
    surrogate.fit(genomes, effects, np.full(30, 1e-6))
    mean, _ = surrogate.predict([*genomes[:3], SPACE.sample(rng)])
    assert mean[:3] == pytest.approx(effects[:3], abs=0.01)
    assert mean[3] == pytest.approx(effects.mean(), abs=0.02)


@given(st.lists(st.integers(0, 5), min_size=3, max_size=9))
def test_spearman_is_one_for_any_rising_map(values):
    numbers = np.array(values, dtype=float)
    expected = 1.0 if len(set(values)) > 1 else 0.0
    assert spearman(numbers, numbers**3 + 2) == pytest.approx(expected)
    assert spearman(numbers, -numbers) == pytest.approx(-expected)


def test_trust_is_given_first_lost_for_bad_predictions_and_won_back():
    trust = Calibration(0.2)
    for at in range(FEWEST):
        assert trust.deserved()
        trust.learn(at, -at)
    assert not trust.deserved()
    for at in range(40):
        trust.learn(at, at)
    assert trust.deserved()
