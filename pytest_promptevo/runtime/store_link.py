"""What a process has of the store: a picture of it, and threads that keep both up to date."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from pytest_promptevo.errors import StateBusy, StateError
from pytest_promptevo.runtime.heart import REFRESH_SECONDS, Beat
from pytest_promptevo.runtime.traffic import Picture
from pytest_promptevo.state.controller import TICK_SECONDS, tick
from pytest_promptevo.state.events import StoreLost, emit
from pytest_promptevo.state.warner import Warner

if TYPE_CHECKING:
    from pytest_promptevo.rollout import Allocation
    from pytest_promptevo.runtime.arms import Arms
    from pytest_promptevo.state.opening import Place
    from pytest_promptevo.state.records import Report, Standing

PATIENCE = 0.04
"""Seconds that a report waits for the store at most; then it goes to the spool."""

_PICTURE_PATIENCE = 0.01
"""Seconds that a choice waits for a new picture, where the threads have not run for long."""

STALE_SECONDS = 2.0
"""Age from which a picture is not trusted: the kill switch may have been used."""

_WORK_PATIENCE = 5.0
_SPOOL_PATIENCE = 1.0
_FIRST_SECONDS = 1.0
_NEVER_STALE = float("inf")


class StoreLink:
    """The link of one suite to its store.

    Nothing here raises, whatever the store does: with the store gone there is no allocation,
    and outcomes go to the spool.

    Args:
        arms: The arms.
        place: Where the store is.

    Raises:
        SettingsError: if the store needs a package that is not installed.
    """

    def __init__(self, arms: Arms, place: Place) -> None:
        self._arms, self._lineup = arms, arms.lineup
        self._quick = place.open(PATIENCE)
        self._patient = place.open(_WORK_PATIENCE)
        self._spool = place.spool_of(_SPOOL_PATIENCE)
        self._warner = Warner(logging.getLogger("pytest_promptevo.live"))
        self._picture = self._without("the store was not reached yet")
        self._counts: Counter[tuple[int, str]] = Counter()
        self._refresher = Beat("promptevo-refresh", self._refresh, REFRESH_SECONDS)
        self._worker = Beat("promptevo-work", self._work, REFRESH_SECONDS, jitter=0.2)
        self._reset()

    def _reset(self) -> None:
        self._guard = threading.Lock()
        self._ready = threading.Event()
        self._is_linked = False
        self._is_lost = False
        self._waited_at = float("-inf")
        self._tick_at = float("-inf")

    def start(self) -> None:
        """Starts the threads, and waits a moment for the first picture."""
        self._worker.start()
        self._ready.wait(_FIRST_SECONDS)
        self._refresher.start()

    @property
    def picture(self) -> Picture:
        """How the store looked a moment ago; without an allocation where nobody can tell."""
        found = self._picture
        if not self._refresher.is_on:
            self._worker.start()
            self._refresher.start()
        if time.monotonic() - found.at <= STALE_SECONDS:
            return found
        return self._picture_late()

    def refresh(self, seconds: float) -> bool:
        """Takes a new picture and waits for it; returns whether it came in time."""
        started = time.monotonic()
        while self._picture.at < started and time.monotonic() - started < seconds:
            self._refresher.now(seconds)  # the first may be one that was under way
        return self._picture.at >= started and not self._is_lost

    def count(self, version: int, arm: str) -> None:
        """Counts that an arm was chosen."""
        if version:
            with self._guard:
                self._counts[version, arm] += 1

    def keep(self, report: Report) -> tuple[bool, bool]:
        """Keeps an outcome: in the store, or else in the spool.

        Returns:
            Whether it is the decision's first (as far as one can tell) and kept at all, and
            whether it is in the store already.
        """
        if self._quick.is_foreign(report):  # of another suite or store, or made up
            return False, False
        if not self._is_lost:
            try:
                return self._quick.report(report), True
            except StateBusy:
                pass
            except Exception as exc:
                self._lose(exc)
        try:
            self._spool.add(report)
        except Exception as exc:
            self._warner.warn("outcome", f"outcomes of {self._lineup.suite} are lost: {exc}")
            return False, False
        return True, False

    def close(self) -> None:
        """Stops the threads and disconnects; what was counted is written, if that goes quickly."""
        self._refresher.stop()
        self._worker.stop()
        if not self._is_lost:
            self._flush_counts()
        self._quick.close()
        self._patient.close()
        self._spool.close()

    def forget(self) -> None:
        """In a child process: connections, locks and threads are made anew."""
        for each in (self._quick, self._patient, self._spool, self._refresher, self._worker):
            each.forget()
        self._counts = Counter()
        self._reset()

    def _picture_late(self) -> Picture:
        """Waits for a new picture, one request a second does; then does without."""
        now = time.monotonic()
        with self._guard:
            may_wait = now - self._waited_at >= REFRESH_SECONDS
            self._waited_at = now if may_wait else self._waited_at
        if may_wait:
            self._refresher.now(_PICTURE_PATIENCE)
        found = self._picture
        if time.monotonic() - found.at <= STALE_SECONDS:
            return found
        return self._without("the store does not answer", found.at)

    def _without(self, why: str, at: float = float("-inf")) -> Picture:
        """Returns a picture without an allocation."""
        return Picture(self._arms, self._quick.key, why=why, at=at)

    def _refresh(self) -> None:
        if self._is_lost or not self._is_linked:
            return
        at = time.monotonic()
        try:
            standing = self._quick.standing(self._lineup.suite, self._lineup.key)
            allocation, why = self._allocation(standing)
            picture = Picture(self._arms, self._quick.key, allocation, why=why, at=at)
        except StateBusy:
            return
        except Exception as exc:
            self._lose(exc)
            return
        with self._guard:
            if not self._is_lost:
                self._picture = picture

    def _allocation(self, standing: Standing) -> tuple[Allocation | None, str]:
        if standing.mode == "off":
            return None, "it is switched off"
        if standing.allocation is None:
            self._tick_at = float("-inf")
            return None, "the rollout has not begun"
        try:
            return self._lineup.allocation(standing.allocation), ""
        except StateError as exc:
            self._warner.warn("allocation", str(exc))
            return None, str(exc)

    def _work(self) -> None:
        try:
            self._quick.prepare()
            self._patient.prepare()
            if self._is_lost:
                self._patient.probe()
        except StateBusy:
            return
        except Exception as exc:
            self._lose(exc)
        else:
            self._is_linked, self._is_lost = True, False
            self._drain()
            if time.monotonic() >= self._tick_at:
                self._tick_at = time.monotonic() + TICK_SECONDS
                self._flush_counts()
                self._tick()
            if not self._ready.is_set():
                self._refresh()
        self._ready.set()

    def _drain(self) -> None:
        try:
            if self._spool.has_any:
                self._spool.drain(self._patient)
        except Exception as exc:
            self._warner.warn("spool", f"outcomes wait in the spool: {exc}")

    def _tick(self) -> None:
        try:
            tick(self._patient, self._lineup, is_forced=False)
        except StateBusy:
            pass
        except Exception as exc:
            self._warner.warn("tick", f"shares of {self._lineup.suite} stay as they are: {exc}")

    def _flush_counts(self) -> None:
        with self._guard:
            counts, self._counts = self._counts, Counter()
        try:
            if counts:
                self._patient.expose(self._lineup.suite, self._lineup.key, counts)
        except Exception:
            with self._guard:
                self._counts.update(counts)

    def _lose(self, exc: Exception) -> None:
        """From now on, until something can be written, the locked genome answers."""
        with self._guard:
            was_lost, self._is_lost = self._is_lost, True
            self._picture = self._without(str(exc), _NEVER_STALE)
        if not was_lost:
            self._warner.warn("lost", f"the locked genome of {self._lineup.suite} answers: {exc}")
            emit(StoreLost(self._lineup.suite, str(exc)))
