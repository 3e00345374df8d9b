"""All that is asked of a store, in the SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_promptevo.state.outcomes import Outcomes
from pytest_promptevo.state.records import (
    ALL_SUITES,
    LARGEST_TEXT,
    MODES,
    AllocationRow,
    Mode,
    Standing,
)
from pytest_promptevo.state.rollouts import Rollouts

if TYPE_CHECKING:
    from pytest_promptevo.state.connected import Session

LATEST_REPORT_SECONDS = 14 * 24 * 3600.0
"""A report that comes later after its decision than this is kept, and is no evidence."""

_STANDING = (
    "SELECT version, seq, stage, weights, why FROM promptevo_allocation "
    f"WHERE suite = ? AND lineup = ? AND length(weights) <= {LARGEST_TEXT} "
    "ORDER BY version DESC LIMIT 1"
)
_MODES = "SELECT suite, mode FROM promptevo_switch WHERE suite = ? OR suite = ?"
_SWITCH = (
    "INSERT INTO promptevo_switch (suite, mode, who, why, at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (suite) DO UPDATE SET mode = excluded.mode, who = excluded.who, "
    "why = excluded.why, at = excluded.at "
    # Switching again to what holds keeps who did it, when and why, unless there is a new reason.
    "WHERE COALESCE(promptevo_switch.mode, '') <> excluded.mode OR excluded.why <> ''"
)


class SqlState(Outcomes, Rollouts):
    """A store of allocations and outcomes.

    Every method raises `StateError` if the store cannot be used; what was begun is then taken
    back, unless the connection broke while it was committed.
    """

    def standing(self, suite: str, lineup: str) -> Standing:
        """Returns the switch and the newest allocation of a suite."""
        with self.reading() as session:
            self.read_key(session)  # tables may have been made anew behind this connection
            modes = dict(session.rows(_MODES, (suite, ALL_SUITES)))
            found = session.rows(_STANDING, (suite, lineup))
        given = [modes.get(name, "on") for name in (suite, ALL_SUITES)]
        # What nobody here has written is no permission.
        mode: Mode = max(
            (each if each in MODES else "off" for each in given), key=("on", "paused", "off").index
        )
        return Standing(mode, AllocationRow(*found[0]) if found else None)

    def switch(self, suite: str, mode: Mode, who: str = "", why: str = "") -> None:
        """Turns a suite (or `ALL_SUITES`) on or off."""
        with self.writing() as session:
            self.write_switch(session, suite, mode, who, why)

    def write_switch(self, session: Session, suite: str, mode: Mode, who: str, why: str) -> None:
        """Turns a suite on or off within a transaction."""
        session.change(_SWITCH, (suite, mode, who, why, time.time()))
