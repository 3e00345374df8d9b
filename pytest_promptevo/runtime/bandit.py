"""The two calls of a classic bandit, for applications with a loop of their own."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import SettingsError, StateError, did_you_mean
from pytest_promptevo.rollout import Beta, Prior
from pytest_promptevo.state.opening import told_path
from pytest_promptevo.state.tables import BANDIT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_UNIFORM = Prior(0.5, 2.0)
"""Beta(1, 1): nothing is known."""

_ADD = (
    "INSERT INTO promptevo_bandit (name, arm, n, total) VALUES (?, ?, 1, ?) "
    "ON CONFLICT (name, arm) DO UPDATE SET n = promptevo_bandit.n + 1, "
    "total = promptevo_bandit.total + excluded.total"
)
_ALL = "SELECT arm, n, total FROM promptevo_bandit WHERE name = ?"


class ThompsonBandit:
    """Thompson sampling over arms with rewards in [0, 1], kept in a SQLite file.

    Each arm's mean has a Beta posterior, from Beta(1, 1) on: a reward r adds r to alpha and 1 - r
    to beta. Several processes may share the file; each sees the others' updates at once.

    Args:
        arms: Names of the arms.
        state: The SQLite file, on a local disk; it is made where it is missing.
        name: Which bandit, where a file keeps several.
        seed: Seed of the draws; None: different each time.

    Raises:
        SettingsError: if there are no arms, a name is no text, or the file is none, or on a
            network file system.
        StateError: if the file cannot be used.
    """

    def __init__(
        self,
        arms: Iterable[str],
        state: str | Path,
        *,
        name: str = "bandit",
        seed: int | None = None,
    ) -> None:
        from pytest_promptevo.state.sqlite import SqliteState

        self.arms = _names(arms)
        self.name = _text("name", name)
        self._random = random.Random(seed)
        self._store = SqliteState(told_path(state))
        self._store.prepare()
        with self._store.writing() as session:
            session.change(BANDIT)

    def __enter__(self) -> ThompsonBandit:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def choose(self) -> str:
        """Returns the arm whose drawn mean is highest.

        Raises:
            StateError: if the file cannot be used.
        """
        posteriors = self.posteriors()
        return max(self.arms, key=lambda arm: posteriors[arm].draw(self._random))

    def update(self, arm: str, reward: float) -> None:
        """Notes a reward; it is in the file when this returns.

        Args:
            arm: The arm that was chosen.
            reward: In [0, 1]; fractions count as such.

        Raises:
            SettingsError: for an unknown arm or a reward out of range.
            StateError: if the file cannot be used.
        """
        if arm not in self.arms:
            near = did_you_mean(str(arm), self.arms)
            raise SettingsError(f"no arm {shown(arm)}: {near}")
        if not is_number(reward) or not 0 <= reward <= 1:
            raise SettingsError(f"reward must be a number from 0 to 1, not {shown(reward)}")
        with self._store.writing() as session:
            session.change(_ADD, (self.name, arm, float(reward)))

    def posteriors(self) -> dict[str, Beta]:
        """Returns what is believed of each arm now: ``alpha`` and ``beta``.

        Raises:
            StateError: if the file cannot be used.
        """
        with self._store.reading() as session:
            rows = {row[0]: row[1:] for row in session.rows(_ALL, (self.name,))}
        try:
            return {arm: Beta(_UNIFORM, *rows.get(arm, (0, 0.0))) for arm in self.arms}
        except TypeError:
            raise StateError(f"{self._store.path} holds what is no bandit") from None

    def close(self) -> None:
        """Closes the file. Closing twice is fine."""
        self._store.close()


def _names(arms: Iterable[str]) -> tuple[str, ...]:
    if isinstance(arms, str):  # whose letters would be the arms
        raise SettingsError(f"arms: give a list of names, not the text {shown(arms)}")
    names = tuple(dict.fromkeys(_text("arms", each) for each in arms))
    if not names:
        raise SettingsError("arms: a bandit needs at least one")
    return names


def _text(what: str, name: Any) -> str:
    """Returns a name that the file gives back as it is: of the number 1 it would make a text."""
    try:
        name.encode()
    except (AttributeError, UnicodeEncodeError):
        raise SettingsError(f"{what}: a name is a text, not {shown(name)}") from None
    return str(name)
