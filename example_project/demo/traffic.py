"""Simulated requests on the locked genome and its candidates: the real rollout, a fast clock."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from pytest_promptevo.runtime import ThompsonBandit, live
from pytest_promptevo.runtime.arms import read_arms
from pytest_promptevo.state import events
from pytest_promptevo.state.controller import tick
from pytest_promptevo.state.opening import Place

from .outage import Outage
from .told import SHOWN, Told, Window
from .workshop import SUITE
from .world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.prompt import Example

TICK = 100
"""Requests after which the rollout is moved on; in production ten seconds do it."""


class Traffic:
    """The traffic of the demo's suite.

    Args:
        evaluator: See `World`.
        examples: See `World`.
        lock: The lock.
        tell: Takes each line of what happens.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        examples: Sequence[Example],
        lock: Path,
        tell: Callable[[str], None],
    ) -> None:
        self.told = Told()
        self._world, self._tell = World(evaluator, examples), tell
        self._place = Place.of(None, lock)
        self._lineup = read_arms(lock, SUITE, {}, None, None).lineup
        self._names = {self._lineup.control: "locked"}
        for number, arm in enumerate(self._lineup.candidates, 1):
            self._names[arm] = f"candidate {number}"
        self.told.rewards = {name: [] for name in self._names.values()}
        self.asked = 0
        self._bandit = ThompsonBandit(self._names.values(), lock.with_name("bandit.sqlite"))
        self._store = self._place.open(5.0)
        self._store.prepare()
        self._end = events.subscribe(self._hear)
        tick(self._store, self._lineup)
        self._orders = live(lock, SUITE)
        self._outage = Outage(self._place.address)

    def __enter__(self) -> Traffic:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._orders.close()
        self._bandit.close()
        self._store.close()

    @property
    def stage(self) -> int:
        """Index of the stage; -1 after a rollback."""
        row = self._store.rollout(SUITE, self._lineup.key)
        return -1 if row is None else self._lineup.progress(row.progress).stage

    def serve(self, count: int) -> None:
        """Serves requests, and moves the rollout on now and then."""
        for _ in range(count):
            self._serve_one()
            if self.asked % TICK == 0 and not self._outage.is_on:
                self._move_on()

    def spoil(self) -> None:
        """From now on the candidate with most traffic gets other customers' messages."""
        shares = self._shares()
        arm = max(self._lineup.candidates, key=lambda each: shares.get(each, 0.0))
        self._world.spoiled, self.told.spoiled = arm, self._names[arm]
        self._say(f"{self._names[arm]} turns bad: it now answers the messages of other customers")

    def lose_store(self, count: int) -> None:
        """Loses the store, serves some requests, and has it again."""
        before = [self._orders.choose() for _ in range(20)]
        self._outage.begin()
        self._say("the store is gone: its file is deleted")
        locked = Counter[bool]()
        for turn in before:
            self._world.answer(turn)
        for _ in range(count):
            locked[self._serve_one() == "locked"] += 1
        self.told.locked_while_lost = locked[True]
        self._say(
            f"{locked[True]} of {count} requests meanwhile got the locked genome; "
            f"{self._waiting()} outcomes wait in the spool"
        )
        kept = self._outage.kept
        self._outage.end()
        _wait_until(lambda: not self._waiting() and not self._orders.why_locked, 15.0)
        self.told.spooled = self._count() - kept
        self._say(f"the store is back: {self.told.spooled} outcomes came out of the spool")
        self._move_on()

    def switch_off(self, count: int) -> None:
        """Uses the kill switch, serves some requests, and ends it."""
        self._store.switch(SUITE, "off", who="demo", why="to show it")
        started = time.monotonic()
        _wait_until(lambda: bool(self._orders.why_locked), 5.0)
        self.told.switched_after = time.monotonic() - started
        names = {self._serve_one() for _ in range(count)}
        self._say(
            f"kill switch: obeyed after {self.told.switched_after:.1f} s; "
            f"{count} requests got {' and '.join(sorted(names))}"
        )
        self._store.switch(SUITE, "on", who="demo", why="shown")
        _wait_until(lambda: not self._orders.why_locked, 5.0)

    def finish(self) -> Told:
        """Returns what traffic showed."""
        self._move_on()
        self.told.outcomes = self._count()
        self.told.posteriors = {
            name: (found.alpha, found.beta) for name, found in self._bandit.posteriors().items()
        }
        return self.told

    def _serve_one(self) -> str:
        """Serves a request; returns the name of the arm that answered."""
        self.asked += 1
        turn = self._orders.choose()
        quality = self._world.answer(turn)
        name = self._names[turn.arm]
        window = self._window()
        window.chosen[name] += 1
        window.quality += quality
        return name

    def _move_on(self) -> None:
        tick(self._store, self._lineup)
        self._orders.refresh()
        stage = self.stage
        stages = self._lineup.settings.stages
        self._window().stage = "rolled back" if stage < 0 else f"{stages[stage]:.0%}"

    def _window(self) -> Window:
        upto = -(-self.asked // SHOWN) * SHOWN
        windows = self.told.windows
        if not windows or windows[-1].upto < upto:
            windows.append(Window(upto, windows[-1].stage if windows else ""))
        return windows[-1]

    def _shares(self) -> dict[str, float]:
        rows = self._store.allocations(SUITE, self._lineup.key)
        return dict(self._lineup.allocation(rows[-1]).weights)

    def _waiting(self) -> int:
        """Returns how many outcomes wait in the spool."""
        spool = self._place.spool
        while True:
            files = [
                path
                for path in spool.parent.glob(f"{spool.name}*")
                if path.suffix in (".jsonl", ".part")
            ]
            try:
                texts = [path.read_text("utf-8") for path in files]
            except FileNotFoundError:
                continue  # it was renamed, or emptied into the store, since it was listed
            return sum(bool(line) for text in texts for line in text.split("\n"))

    def _count(self) -> int:
        with self._store.reading() as session:
            return int(session.rows("SELECT COUNT(*) FROM promptevo_outcome")[0][0])

    def _hear(self, event: events.Happening) -> None:
        if isinstance(event, events.Reported) and event.is_new:
            name = self._names[event.arm]
            self.told.rewards[name].append(event.reward)
            self._bandit.update(name, event.reward)
        elif isinstance(event, events.StageChanged):
            self._say(f"stage {event.stage + 1}: {event.why}")
        elif isinstance(event, events.CandidateDropped):
            self._say(f"{self._names[event.arm]} gets no more traffic: {event.why}")

    def _say(self, line: str) -> None:
        for arm, name in self._names.items():
            line = line.replace(arm, name)
        told = f"{self.asked:>5}  {line}"
        self.told.lines.append(told)
        self._tell(told)


def _wait_until(check: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True
