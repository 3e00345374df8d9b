"""The races of one search: who draws next, who is out, and when no race is worth running."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_promptevo.evolve.growing import Growth
from pytest_promptevo.evolve.operators import latin_hypercube
from pytest_promptevo.evolve.protocol import Job
from pytest_promptevo.evolve.racing.acquisition import Acquisition, Choice
from pytest_promptevo.evolve.racing.calibration import Calibration
from pytest_promptevo.evolve.racing.estimates import Estimates
from pytest_promptevo.evolve.racing.front import next_of_front
from pytest_promptevo.evolve.racing.race import Guess, Race
from pytest_promptevo.evolve.racing.scale import Scale

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from pytest_promptevo.evolve.protocol import Outcome, Search, Step
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
        vain: Children that count as tried in vain, by earlier searches.

    Attributes:
        growth: Asks for texts where there is somebody to ask.
    """

    def __init__(self, search: Search, tuning: Tuning, vain: int = 0) -> None:
        self.growth = Growth(search, learns=tuning.text_bandit)
        self._search = search
        self._ledger = search.ledger
        self._tuning = tuning
        self._block = tuning.block_of(search.examples)
        self._scale = Scale(search.ledger)
        self._estimates = Estimates(
            search.space,
            search.ledger,
            self._scale,
            blind=not tuning.surrogate,
            texts=tuning.text_kernel,
        )
        self._calibration = Calibration(tuning.trust)
        self._acquisition = Acquisition(search.space, tuning, search.rng, search.screen)
        self._entries: dict[Genome, Entry] = {}
        self._out: set[Genome] = set()
        self._racing: Genome | None = None
        self._newcomers: list[Genome] = []
        self._vain = self._in_vain = vain
        self._quiet = 0
        self._offered: dict[Genome, str] = {}
        self._batches = 0

    def batch(self) -> list[Job]:
        """Returns the jobs of the next batch; none if there is no genome left to race."""
        self._estimates.update()
        champion = self._estimates.champion
        missing = self._missing(champion)
        if missing and len(missing) + RESERVE * self._block > self._search.left():
            # What is left of the budget completes the champion: else all was for nothing.
            self._racing = None
            return [Job(champion, index) for index in missing]
        return self._races(champion, missing)

    def quiet(self) -> bool:
        """Whether the last batches promised no gain."""
        return self._quiet >= self._tuning.quiet

    def perfect(self) -> bool:
        """Whether no genome can be better, which shows where nothing but quality counts."""
        best, weights = self._ledger.recommended, self._ledger.objectives.weights
        if any(weight for name, weight in weights.items() if name != "quality"):
            return False
        kept, mean = self._ledger.rank(best)
        return kept and self._ledger.complete(best) and mean >= weights.get("quality", 0.0)

    def restart(self) -> list[Job]:
        """Returns jobs that show a few examples to genomes from all over the space."""
        search, tuning = self._search, self._tuning
        self._quiet, self._vain = 0, self._in_vain
        self._racing = None
        fresh = latin_hypercube(search.space, search.initial, tuning.strangers - 1, search.rng)
        return on_some_examples(search, fresh, self._block)

    def front(self) -> list[Job]:
        """Returns jobs that complete a genome of the front, while hard limits make one matter."""
        if not self._ledger.objectives.limits:
            return []
        self._estimates.update()
        genome = next_of_front(self._search, self._estimates, self._scale)
        missing = [] if genome is None else self._missing(genome)
        if genome is None or len(missing) > self._search.left():
            return []
        return [Job(genome, index) for index in missing]

    def settle(self, before: Genome) -> None:
        """Takes the scores of the batch into account.

        Args:
            before: The genome that was recommended before the batch.
        """
        racing, champion = self._racing, self._estimates.champion
        if racing is not None:
            entry = self._entries[racing]
            entry.race.run(self._block, self._scale.values(racing), self._scale.values(champion))
            if entry.predicted is not None:
                self._vain += 1
                self._calibration.learn(entry.predicted, self._estimates.found(racing))
                entry.predicted = None
        for genome in {racing: None, self._ledger.recommended: None}:
            if genome in self._entries and genome not in self._out:
                self._judge(genome, self._entries[genome], before)
        if self._ledger.recommended != before:
            self._vain = self._in_vain
        self._close_generation()

    def proposals(self) -> Generator[Step, Outcome, None]:
        """Asks for texts where it is time: what comes races before other children."""
        self._batches += 1
        if not self.growth.is_on or self._offered or self._batches % self._tuning.pause:
            return
        made = yield from self.growth.burst(self._estimates.champion)
        self._offered.update(made)

    def _races(self, champion: Genome, missing: list[int]) -> list[Job]:
        """Returns a block for the most promising genome, with what the champion needs for it."""
        tuning, search = self._tuning, self._search
        running = [
            one
            for one in self._estimates.ranked[: tuning.candidates]
            if one not in self._out and not self._ledger.complete(one)
        ]
        trusted = tuning.surrogate and self._calibration.deserved()
        choice = self._offer() or self._acquisition.choose(
            self._estimates, running, trusted=trusted
        )
        self._watch(choice.gain if trusted else 0.0, missing)
        self._racing = genome = choice.genome
        needed: Sequence[int] = ()
        if genome is not None:
            if genome not in self._entries:
                self._entries[genome] = self._entry(genome, choice.operator)
            needed = list(self._needed(genome))
        others = [index for index in missing if index not in needed]
        extra = search.rng.permutation(len(others))[: tuning.fill * self._block]
        jobs = [Job(champion, index) for index in (*needed, *(others[at] for at in extra))]
        if genome is not None:
            jobs += [Job(genome, at) for at in self._entries[genome].race.block(self._block)]
        return jobs

    def _offer(self) -> Choice | None:
        """Returns the next genome that a proposal made: it was paid for, and so it races."""
        for genome in list(self._offered):
            operator = self._offered.pop(genome)
            if genome not in self._entries:
                return Choice(genome, operator, self._tuning.gain)
        return None

    def _needed(self, genome: Genome) -> Iterable[int]:
        race = self._entries[genome].race
        return (*race.seen, *race.block(self._block))

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
        self.growth.judged(genome, won=won)

    def _watch(self, gain: float, missing: list[int]) -> None:
        broken = self._scale.handicap(self._ledger.recommended) > 0
        promising = missing or broken or gain >= self._tuning.gain
        settled = self._vain >= self._tuning.vain and not promising
        self._quiet = self._quiet + 1 if settled else 0

    def _close_generation(self) -> None:
        if self._racing is not None and self._racing not in self._newcomers:
            self._newcomers.append(self._racing)
        if len(self._newcomers) >= self._tuning.strangers:
            self._search.close(self._newcomers)
            self._newcomers = []
            self._search.begin()


def on_some_examples(search: Search, genomes: Iterable[Genome], count: int) -> list[Job]:
    """Returns jobs that show the same few examples to all genomes."""
    order = [int(index) for index in search.rng.permutation(search.examples)[:count]]
    return [Job(genome, index) for genome in genomes for index in order]
