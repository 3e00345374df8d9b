"""The races of one search: who draws next, who is out, and when no race is worth running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.evolve.operators import latin_hypercube
from pytest_promptevo.evolve.protocol import Job
from pytest_promptevo.evolve.racing.acquisition import Acquisition
from pytest_promptevo.evolve.racing.calibration import Calibration
from pytest_promptevo.evolve.racing.estimates import Estimates
from pytest_promptevo.evolve.racing.race import Guess, Race
from pytest_promptevo.evolve.racing.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_promptevo.evolve.protocol import Search
    from pytest_promptevo.evolve.racing.tuning import Tuning
    from pytest_promptevo.genome import Genome

RESERVE = 4
"""Blocks that must be left of the budget beside what the champion still has to see."""


@dataclass
class Entry:
    """A genome that has raced.

    Attributes:
        race: Its race.
        operator: What made it.
        predicted: Its expected value when it was new; None once that was compared.
    """

    race: Race
    operator: str
    predicted: float | None


class Races:
    """All races of a search.

    Args:
        search: The search, with scores of a few genomes at least.
        tuning: The strategy's numbers.
    """

    def __init__(self, search: Search, tuning: Tuning) -> None:
        self._search = search
        self._ledger = search.ledger
        self._tuning = tuning
        self._scale = Scale(search.ledger)
        self._estimates = Estimates(
            search.space, search.ledger, self._scale, blind=not tuning.surrogate
        )
        self._calibration = Calibration(tuning.trust)
        self._acquisition = Acquisition(search.space, tuning, search.rng, search.screen)
        self._entries: dict[Genome, Entry] = {}
        self._out: set[Genome] = set()
        self._heat: list[Genome] = []
        self._newcomers: list[Genome] = []
        self._vain = 0
        self._quiet = 0

    def batch(self) -> list[Job]:
        """Returns the jobs of the next batch; none if there is no genome left to race."""
        self._estimates.update()
        champion = self._estimates.champion
        missing = self._missing(champion)
        if missing and len(missing) + RESERVE * self._tuning.block > self._search.left():
            # What is left of the budget completes the champion: else all was for nothing.
            self._heat = []
            return [Job(champion, index) for index in missing]
        return self._races(champion, missing)

    def quiet(self) -> bool:
        """Whether the last batches promised no gain."""
        return self._quiet >= self._tuning.quiet

    def restart(self) -> list[Job]:
        """Returns jobs that show a few examples to genomes from all over the space."""
        search, tuning = self._search, self._tuning
        self._quiet = self._vain = 0
        self._heat = []
        order = [int(index) for index in search.rng.permutation(search.examples)[: tuning.first]]
        fresh = latin_hypercube(search.space, search.initial, tuning.strangers - 1, search.rng)
        return [Job(genome, index) for genome in fresh for index in order]

    def settle(self, before: Genome) -> None:
        """Takes the scores of the batch into account.

        Args:
            before: The genome that was recommended before the batch.
        """
        champion = self._estimates.champion
        rival = self._scale.values(champion)
        for genome in self._heat:
            entry = self._entries[genome]
            entry.race.run(self._tuning.block, self._scale.values(genome), rival)
            if entry.predicted is not None:
                self._vain += 1
                self._calibration.learn(entry.predicted, self._estimates.found(genome))
                entry.predicted = None
        for genome in dict.fromkeys([*self._heat, self._ledger.recommended]):
            if genome in self._entries and genome not in self._out:
                self._judge(genome, self._entries[genome], before)
        if self._ledger.recommended != before:
            self._vain = 0
        self._close_generation()

    def _races(self, champion: Genome, missing: list[int]) -> list[Job]:
        tuning, search = self._tuning, self._search
        running = [
            one
            for one in self._estimates.ranked[: tuning.candidates]
            if one not in self._out and not self._ledger.complete(one)
        ]
        trusted = tuning.surrogate and self._calibration.deserved()
        choice = self._acquisition.choose(self._estimates, running, trusted=trusted)
        self._watch(choice.chance if trusted else 1 / (2 + self._vain), missing)
        self._heat = [one for one in choice.genomes if one != champion]
        for genome in self._heat:
            if genome not in self._entries:
                self._entries[genome] = self._entry(genome, choice.operators.get(genome, ""))
        rivalled = dict.fromkeys(index for one in self._heat for index in self._needed(one))
        extra = tuning.fill + tuning.block * (len(choice.genomes) - len(self._heat))
        others = [index for index in missing if index not in rivalled]
        filled = [others[index] for index in search.rng.permutation(len(others))[:extra]]
        return [Job(champion, index) for index in (*rivalled, *filled)] + [
            Job(one, index)
            for one in self._heat
            for index in self._entries[one].race.block(tuning.block)
        ]

    def _needed(self, genome: Genome) -> Iterable[int]:
        race = self._entries[genome].race
        return (*race.seen, *race.block(self._tuning.block))

    def _missing(self, genome: Genome) -> list[int]:
        return [
            index for index in range(self._search.examples) if not self._ledger.has(genome, index)
        ]

    def _entry(self, genome: Genome, operator: str) -> Entry:
        expected, champion = self._estimates.expected(genome), self._estimates.champion
        lead = self._estimates.expected(champion) - expected
        seen = [index for index in range(self._search.examples) if self._ledger.has(genome, index)]
        delta = self._tuning.delta if self._vain < self._tuning.late else 0.0
        guess = Guess(mean=min(max((1 + lead) / 2, 0.1), 0.9))
        race = Race(self._search.examples, seen, delta, guess, self._search.rng)
        return Entry(race, operator, None if seen else expected)

    def _judge(self, genome: Genome, entry: Entry, before: Genome) -> None:
        won = self._ledger.recommended == genome != before
        # A champion that breaks a hard limit proves nothing against a child.
        fair = self._tuning.drops and self._scale.handicap(self._estimates.champion) == 0
        lost = not won and fair and entry.race.lost(self._tuning.alpha)
        if not (won or lost or self._ledger.complete(genome)):
            return
        self._out.add(genome)
        cost = self._ledger.paid(genome) / self._search.examples
        self._acquisition.breeder.bandit.learn(entry.operator, success=won, cost=cost)

    def _watch(self, chance: float, missing: list[int]) -> None:
        promising = missing or chance >= self._tuning.gain
        settled = self._vain >= self._tuning.vain and not promising
        self._quiet = self._quiet + 1 if settled else 0

    def _close_generation(self) -> None:
        self._newcomers += [one for one in self._heat if one not in self._newcomers]
        if len(self._newcomers) >= self._tuning.strangers:
            self._search.close(self._newcomers)
            self._newcomers = []
            self._search.begin()
