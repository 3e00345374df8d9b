"""Whether somebody has switched a suite off, or paused it: then a night decides nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.times import when
from pytest_promptevo.night.report import code
from pytest_promptevo.state.switched import read_switches

if TYPE_CHECKING:
    from pytest_promptevo.state.sql_state import SqlState
    from pytest_promptevo.state.switched import Switch


def held(state: SqlState | None, suite: str) -> str:
    """Returns what holds a suite, in Markdown; nothing where it is on, or there is no store.

    Raises:
        StateError: if the store cannot be used.
    """
    if state is None:
        return ""
    found = [each for each in read_switches(state, suite) if each.mode != "on"]
    return "; ".join(map(_told, found))


def _told(switch: Switch) -> str:
    subject = "it is" if switch.suite else "all suites are"
    # What the store holds and nobody knows counts as off, as where traffic is served.
    mode = "paused" if switch.mode == "paused" else "off"
    since = f" since {when(switch.at)}" if when(switch.at) else ""
    who = f" by {code(switch.who)}" if switch.who else ""
    why = f" ({code(switch.why)})" if switch.why else ""
    return f"{subject} {mode}{since}{who}{why}"
