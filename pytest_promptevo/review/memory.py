"""What a lock no longer knows of the examples that its search never saw, a sentence each.

An update forgets none of it: the gate of an evolved suite is judged by these examples until
another search. So what is gone was taken out of the lock by hand, or with its entry.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.text import counted
from pytest_promptevo.fitness.paired import SAME
from pytest_promptevo.review.evidence import searched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.lock.parts import HeldOut
    from pytest_promptevo.review.ends import End
    from pytest_promptevo.review.pieces import Told


def forgotten(before: End, after: End) -> Iterator[Told]:
    """Yields what the new end's lock does not know any more; nothing after another search."""
    old, new = before.entry, after.entry
    if old is None or new is None or old.held_out is None or searched(before, new):
        return
    if new.held_out is None:
        yield ("The lock no longer knows which examples its search never saw.",)
        return
    if after.suite is not None and old.held_out.names == new.held_out.names:
        ids = set(old.held_out.ids) - set(new.held_out.ids)
        if gone := [name for name in ids if _is_unedited(name, before, after)]:
            yield (f"The lock no longer counts {counted(len(gone), 'example')} as held out.",)
    yield from _of_digests(old.held_out, new.held_out)


def _is_unedited(name: str, before: End, after: End) -> bool:
    if before.suite is None or after.suite is None:
        return False
    then, now = before.suite.by_id.get(name), after.suite.by_id.get(name)
    return then is not None and now is not None and then.inputs == now.inputs


def _of_digests(old: HeldOut, new: HeldOut) -> Iterator[Told]:
    if old.names != new.names:
        return  # then digests are of other inputs
    if gone := _lost(old.inputs, new.inputs):
        yield (f"The lock forgets {counted(gone, 'held-out example')}.",)
    if gone := _lost(old.searched, new.searched):
        yield (f"The lock forgets {counted(gone, 'example')} that searches have seen.",)
    better = [
        digest
        for digest, quality in old.failing.items()
        if new.failing.get(digest, 1.0) > quality + SAME
    ]
    if better:
        yield (f"The lock forgets that {counted(len(better), 'held-out example')} failed.",)


def _lost(was: str, now: str) -> int:
    return len(set(was.split()) - set(now.split()))
