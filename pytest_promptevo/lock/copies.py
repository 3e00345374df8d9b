"""What an entry repeats of its suite, so that an application can render from the lock alone."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_promptevo.lock.entry import Entry
    from pytest_promptevo.lock.parts import LockedShot
    from pytest_promptevo.prompt import Example
    from pytest_promptevo.suite import Suite


def edited_copies(suite: Suite, entry: Entry) -> Iterator[str]:
    """Yields what an entry repeats otherwise than the suite says it, a phrase each.

    To be asked where the fingerprints are the suite's own: tests ask what the suite says, and an
    application what the lock says. So a copy that was edited in the lock would be shipped untested.
    """
    template, prompt = suite.prompt.template, entry.prompt
    said = template and (template.user, template.system)
    if said != (prompt and (prompt.user, prompt.system)):
        yield "the lock's own copy of the prompt's texts"
    if entry.target and entry.target != suite.target:
        yield "the lock's own copy of the target"
    if entry.output.plain() != suite.prompt.output.plain():
        yield "the lock's own copy of the output's format"
    shots = chain(entry.shots, *(candidate.shots for candidate in entry.candidates))
    if not all(_is_in(suite.prompt.pool, shot) for shot in shots):
        yield "the lock's own copy of few-shot examples"


def _is_in(pool: Mapping[str, Example], shot: LockedShot) -> bool:
    said = pool.get(shot.id)
    return said is not None and _plain(said) == _plain(shot)


def _plain(shot: Example | LockedShot) -> str:
    return canonical_json([dict(shot.inputs), shot.expected])
