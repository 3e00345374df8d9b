"""What was held out does not go in the same update with what it would have told about."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import few_of
from pytest_promptevo.errors import LockError, shown_path
from pytest_promptevo.lock import made_otherwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.project.suite_run import SuiteRun

_MOST_NAMED = 5


def check_one_change(run: SuiteRun) -> None:
    """Refuses an update that takes held-out examples away and changes what they judge.

    Those that passed by then count as nothing once they are gone. So nobody would see that a
    worse prompt, model or scorer fails on them.

    Args:
        run: The suite, whose lock entry is to be written.

    Raises:
        LockError: naming the examples and what changed.
    """
    entry, unseen = run.entry, run.against.unseen
    if entry is None or entry.held_out is None or not unseen.taken:
        return
    changed = made_otherwise(run.suite, entry, run.model_digests)
    if run.genome.plain() != entry.genome:
        changed.append("the genome")
    if not changed:
        return
    count, names = unseen.taken, entry.held_out.ids
    gone = [name for name in names if name not in unseen.held_out]
    named = f" ({few_of(gone, _MOST_NAMED)})" if gone else ""
    command = f"pytest {shlex.quote(shown_path(run.suite.path))}"
    raise LockError(
        f"{run.suite.name}: {count} of the examples held out from its search "
        f"{'is' if count == 1 else 'are'} gone or edited{named}, and in the same update "
        f"{', '.join(changed)} changed: nobody would see what they tell of that",
        path=run.lock_path,
        hint=f"put them back and update once for each change; or let {command} --evolve=all "
        f"search a better genome, with new held-out examples{_other_inputs(unseen.names)}",
    )


def _other_inputs(names: Sequence[str]) -> str:
    """Returns what else to do where the prompt asks for other inputs: no update is small enough."""
    if not names:
        return ""
    return (
        f". The search knew them by {', '.join(names)}: for a prompt that asks for other inputs "
        "they are other examples, and so they are where a target gets others; rename one in an "
        "update. If no better genome is found, delete the entry, which forgets "
        "what was held out, and let reviewers see it"
    )
