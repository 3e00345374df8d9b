"""What to do about a suite: the command that ends what was told of it, and no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_promptevo.reports.model import SuiteReport

_RESTORE = (
    "restore what was committed (git checkout -- promptevo.lock promptevo_recordings), "
    "as its test [lock] says"
)
"""A search from here would begin without what the lock knew."""


def next_step(suite: SuiteReport) -> str:
    """Returns what to do about a suite without a lock entry, or whose locked genome fails.

    Nothing where it passes, or where what fell or is no longer as locked has a line of its own.
    """
    if suite.state == "shipped":
        return _RESTORE if suite.is_foreign else _about_shipped(suite)
    if suite.state != "locked" or suite.passes is not False:
        return ""
    if suite.is_foreign:
        return _RESTORE
    if suite.is_lost and not suite.stale:
        return _put_back(suite)
    return "" if suite.stale or suite.regressed or suite.new else _about_locked(suite)


def out_of_date(suite: SuiteReport) -> str:
    """Returns that the lock is out of date, and what ends that."""
    return f"the lock is out of date ({', '.join(suite.stale)} changed): {_brought_up(suite)}"


def _brought_up(suite: SuiteReport) -> str:
    if suite.is_lost:
        return _put_back(suite)
    undo = "undo the change, or " * (suite.fell and bool(suite.regressed or not suite.passes))
    if suite.passes is False:
        return f"{undo}run {'--evolve or ' * suite.can_evolve}--promptevo-update-lock"
    # A search is not due where a suite passes, and one that finds nothing better writes nothing.
    may_search = suite.can_evolve and not suite.was_searched
    first = "; --evolve=all searches a better genome first" * may_search
    return f"{undo}--promptevo-update-lock accepts {'it' if undo else 'the change'}{first}"


def _put_back(suite: SuiteReport) -> str:
    """Returns what the gate asks for, which no threshold and no update can excuse."""
    return f"put the held-out examples back{', or run --evolve' * suite.can_evolve}"


def _about_locked(suite: SuiteReport) -> str:
    searches = "pytest --evolve searches on from the locked genome; " * suite.can_evolve
    also = ", other values under search:" if suite.can_evolve else ", values under search:"
    return (
        f"{searches}another prompt or model{also} or more golden examples may help, or ask less "
        "of it (threshold:, limits of objectives:)"
    )


def _about_shipped(suite: SuiteReport) -> str:
    if suite.passes is None:
        return ""
    accept = "--promptevo-update-lock accepts this one"
    if suite.passes and suite.passed == suite.total:
        return "it passes, and is not locked yet: --promptevo-update-lock records it for CI"
    if suite.can_evolve and suite.passes is False:
        return f"pytest --evolve searches a better genome; {accept}"
    return f"mend it, or pytest {accept.removesuffix(' one')} as it is"
