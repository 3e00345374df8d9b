"""Serving a suite's traffic: choose an arm, answer, report; shares follow what is reported."""

from __future__ import annotations

import atexit
import os
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import SettingsError
from pytest_promptevo.rollout import ROLLED_BACK
from pytest_promptevo.runtime.arms import read_arms
from pytest_promptevo.runtime.reporting import (
    FAILURE_BELOW,
    NOT_GIVEN,
    make_queued,
    make_report,
    quality_of,
)
from pytest_promptevo.runtime.store_link import StoreLink
from pytest_promptevo.runtime.traffic import Picture
from pytest_promptevo.runtime.turn import Turn
from pytest_promptevo.state import events
from pytest_promptevo.state.opening import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_promptevo.prompt import Exchange
    from pytest_promptevo.providers import ProviderOptions
    from pytest_promptevo.runtime.arms import Arms
    from pytest_promptevo.runtime.locked_prompt import LockedPrompt
    from pytest_promptevo.runtime.redacting import Redact

SWITCH = "PROMPTEVO_LIVE"
"""Environment variable: ``off`` serves the locked genome and touches no file but the lock."""

_OFF = ("off", "false", "0", "no")
_ON = ("", "on", "true", "1", "yes")


def live(
    lock: str | Path,
    suite: str,
    state: str | Path | None = None,
    *,
    redact: Redact | None = None,
    durable: bool = False,
    models: Mapping[str, str] | None = None,
    options: ProviderOptions | None = None,
    root: str | Path | None = None,
) -> Live:
    """Serves a suite's traffic with the genomes of its lock entry; once a process.

    Args:
        lock: The ``promptevo.lock``.
        suite: Name of the suite.
        state: Where shares and outcomes are kept: a SQLite file on a local disk, or
            ``postgresql://...`` for several hosts. If not given, what the environment variable
            ``PROMPTEVO_STATE`` says, or else ``.promptevo/live.sqlite`` beside the lock.
        redact: Takes the inputs of a failure and returns what of them may be kept, and no answer
            is; or takes ``(inputs, answer)`` and returns such a pair. None: the failure is not
            queued. With it, outcomes of a quality below 0.5 go to the queue of failures.
        durable: Whether each report to SQLite waits for the disk, so that it survives the end
            of the machine, and not of the process alone.
        models: As in `load`.
        options: As in `load`.
        root: As in `load`.

    Raises:
        LockError: if the lock cannot be used or has no such suite, or a genome that cannot be
            asked.
        SettingsError: if ``state`` is none, is a SQLite file on a network file system, or
            psycopg is missing; if ``PROMPTEVO_LIVE`` is neither on nor off; for a role that the
            suite does not have, or a wrong reference.
    """
    arms = read_arms(lock, suite, models or {}, options, root)
    if _is_switched_off():
        return Live(arms, None, redact)
    return Live(arms, StoreLink(arms, Place.of(state, arms.path, durable=durable)), redact)


class Live:
    """A suite's traffic; made by `live`. Safe to use from several threads, and after a fork.

    Args:
        arms: The arms.
        link: The link to the store; None: switched off by the environment.
        redact: See `live`.
    """

    def __init__(self, arms: Arms, link: StoreLink | None, redact: Redact | None) -> None:
        self._arms = arms
        self._link = link
        self._redact = redact
        self._nothing = Picture(arms, None, why=f"{SWITCH}=off")
        if link is not None:
            link.start()
            _everyone.add(self)

    def __enter__(self) -> Live:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def suite(self) -> str:
        """Name of the suite."""
        return self._arms.lineup.suite

    @property
    def locked(self) -> LockedPrompt:
        """The locked genome, which answers whenever nothing else may."""
        return self._arms.control.prompt

    @property
    def why_locked(self) -> str:
        """Why the locked genome answers everybody; nothing where shares are in force."""
        link = self._link  # which another thread may take away
        return (self._nothing if link is None else link.picture).why

    def refresh(self, seconds: float = 1.0) -> bool:
        """Looks at the store now, which is done once a second else.

        Args:
            seconds: How long to wait for it at most.

        Returns:
            Whether it could be looked at in time.
        """
        link = self._link
        return link is None or link.refresh(seconds)

    def choose(self, unit: str | None = None) -> Turn:
        """Chooses a genome for a request: from memory, within microseconds; cannot fail.

        Args:
            unit: Id of a user (or whatever shall be treated alike): it gets the same genome as
                long as the shares allow it.
        """
        link = self._link
        picture = self._nothing if link is None else link.picture
        choice = picture.choose(unit)
        if link is not None:
            link.count(choice.version, choice.arm.id)
        if events.is_anyone_there():
            allocation = picture.allocation
            stage = ROLLED_BACK if allocation is None else allocation.stage
            told = (choice.decision, choice.arm.id, choice.version, choice.share)
            events.emit(events.Chosen(self.suite, *told, stage, choice.arm.prompt.model))
        return Turn(self, choice)

    def report(
        self,
        decision: str,
        quality: float | None = None,
        *,
        error: bool = False,
        latency_ms: float | None = None,
        tokens: float | None = None,
        repairs: float | None = None,
        expected: Any = NOT_GIVEN,
        inputs: Mapping[str, Any] | None = None,
        answer: str | None = None,
    ) -> bool:
        """Reports the outcome of a decision: of any process, at any time; the first counts.

        Committed when it returns; with the store gone, on the disk beside it. It raises nothing
        for that: at the worst there is a warning a minute (logger ``pytest_promptevo.live``).

        Args:
            decision: Id of the decision: `Turn.id`.
            quality: In [0, 1], or whether the answer was right; may be left out for an error.
            error: Whether the answer was invalid.
            latency_ms: Milliseconds; what is not given counts as on the golden examples.
            tokens: Prompt and completion tokens of all calls.
            repairs: Rounds of repair.
            expected: What the answer should have been (JSON data): puts an error, or a quality
                below the suite's ``pass_mark``, into the queue of failures. Where there is a
                ``redact``, so does a quality below 0.5 or an error without it.
            inputs: The inputs, for the queue; a `Turn` knows them. Without them a failure becomes
                no golden example.
            answer: The answer, for the queue; a `Turn` knows it.

        Returns:
            False if the decision has an outcome already, or is none, or nothing could be kept.

        Raises:
            SettingsError: if a figure is none, or out of range.
        """
        told = quality_of(quality, error=error)
        fails = error or told < self._arms.pass_mark - 1e-9
        is_bad = error or told < FAILURE_BELOW
        is_asked = (fails and expected is not NOT_GIVEN) or (is_bad and self._redact is not None)
        report = make_report(
            self._arms,
            decision,
            quality=told,
            error=error,
            latency_ms=latency_ms,
            tokens=tokens,
            repairs=repairs,
            queued=make_queued(self._redact, inputs, answer, expected) if is_asked else None,
        )
        link = self._link
        if report is None or link is None:
            return False
        is_new, is_stored = link.keep(report)
        if events.is_anyone_there():
            what = (report.version, report.reward, report.quality, report.error)
            events.emit(events.Reported(self.suite, decision, report.arm, *what, is_new, is_stored))
        return is_new

    async def areport(self, decision: str, quality: float | None = None, **figures: Any) -> bool:
        """Does what `report` does without blocking the event loop (asyncio or trio)."""
        from anyio.to_thread import run_sync

        return await run_sync(partial(self.report, decision, quality, **figures))

    def answered(self, turn: Turn, done: Exchange) -> None:
        """Tells subscribers of an answer."""
        if not events.is_anyone_there():
            return
        completions = [each.completion for each in done.turns]
        events.emit(
            events.Answered(
                self.suite,
                turn.id,
                turn.arm,
                turn.model,
                done.output.valid,
                done.latency_ms,
                sum(each.prompt_tokens for each in completions),
                sum(each.completion_tokens for each in completions),
                done.repairs,
            )
        )

    def close(self) -> None:
        """Ends the threads, disconnects and frees the engines; closing twice is fine.

        What is chosen afterwards is the locked genome.
        """
        _everyone.discard(self)
        link, self._link = self._link, None
        if link is not None:
            self._nothing = Picture(self._arms, None, why="it is closed")
            link.close()
        for arm in self._arms.by_id.values():
            arm.prompt.close()

    def forget(self) -> None:
        """In a child process: connections and threads are the parent's."""
        if self._link is not None:
            self._link.forget()


def _is_switched_off() -> bool:
    said = os.environ.get(SWITCH, "").strip().lower()
    if said not in (*_OFF, *_ON):  # whoever reaches for the switch must not miss it unnoticed
        raise SettingsError(f"{SWITCH} must be off or on, not {shown(said)}")
    return said in _OFF


_everyone: weakref.WeakSet[Live] = weakref.WeakSet()


def _forget_everything() -> None:
    for each in tuple(_everyone):
        each.forget()


def _close_everything() -> None:
    for each in tuple(_everyone):
        each.close()


atexit.register(_close_everything)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_everything)
