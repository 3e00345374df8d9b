"""What happens while traffic is served, for whoever subscribes."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from pytest_promptevo.state.warner import Warner


@dataclass(frozen=True, slots=True)
class Chosen:
    """An arm was chosen.

    Attributes:
        suite: Name of the suite.
        decision: Id of the decision.
        arm: Id of the arm.
        version: Number of the allocation; 0: the locked genome for want of one.
        share: The arm's share of the traffic, which is the propensity.
        model: Reference of the arm's model.
    """

    suite: str
    decision: str
    arm: str
    version: int
    share: float
    model: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A model has answered a turn; figures are those of all calls.

    Attributes:
        suite: Name of the suite.
        decision: Id of the decision.
        arm: Id of the arm.
        model: Reference of the model.
        valid: Whether the answer is.
        latency_ms: Milliseconds that the engine worked.
        prompt_tokens: Tokens of the prompts.
        completion_tokens: Tokens generated.
        repairs: Rounds of repair.
    """

    suite: str
    decision: str
    arm: str
    model: str
    valid: bool
    latency_ms: float
    prompt_tokens: int
    completion_tokens: int
    repairs: int


@dataclass(frozen=True, slots=True)
class Reported:
    """An outcome was reported.

    Attributes:
        suite: Name of the suite.
        decision: Id of the decision.
        arm: Id of the arm.
        version: Number of the allocation; 0 for none.
        reward: In [0, 1].
        quality: In [0, 1].
        error: Whether the answer was invalid.
        is_new: Whether it is the decision's first.
        is_stored: False where it waits in the spool.
    """

    suite: str
    decision: str
    arm: str
    version: int
    reward: float
    quality: float
    error: bool
    is_new: bool
    is_stored: bool


@dataclass(frozen=True, slots=True)
class StageChanged:
    """A rollout started, went on to the next stage, or was rolled back (-1).

    Attributes:
        suite: Name of the suite.
        stage: Index of the stage.
        why: A sentence for people.
    """

    suite: str
    stage: int
    why: str


@dataclass(frozen=True, slots=True)
class CandidateDropped:
    """A candidate gets no more traffic.

    Attributes:
        suite: Name of the suite.
        arm: Id of its arm.
        guard: The measure that it is worse in; empty: another candidate is better.
        why: A sentence for people.
    """

    suite: str
    arm: str
    guard: str
    why: str


@dataclass(frozen=True, slots=True)
class StoreLost:
    """The store cannot be used; the locked genome answers until it can.

    Attributes:
        suite: Name of the suite.
        why: A sentence for people.
    """

    suite: str
    why: str


Happening = Chosen | Answered | Reported | StageChanged | CandidateDropped | StoreLost
Subscriber = Callable[[Happening], None]

_subscribers: tuple[Subscriber, ...] = ()
_warner = Warner(logging.getLogger("pytest_promptevo.live"))


def subscribe(subscriber: Subscriber) -> Callable[[], None]:
    """Calls a function with each event from now on, in the thread where it happens.

    What it raises is logged and goes no further.

    Returns:
        A function that ends the subscription; calling it twice is fine.
    """
    global _subscribers
    _subscribers = (*_subscribers, subscriber)

    def end() -> None:
        global _subscribers
        _subscribers = tuple(each for each in _subscribers if each is not subscriber)

    return end


def is_anyone_there() -> bool:
    """Whether it is worth making an event."""
    return bool(_subscribers)


def emit(event: Happening) -> None:
    """Tells all subscribers."""
    for subscriber in _subscribers:
        try:
            subscriber(event)
        except Exception as exc:
            _warner.warn("subscriber", f"a subscriber of live events failed: {exc!r}")
