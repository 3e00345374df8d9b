"""Tonight's search: what it may see, what it is taught, and what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from pytest_promptevo.errors import SettingsError
from pytest_promptevo.evolve import Budget
from pytest_promptevo.improve.plan import Plan
from pytest_promptevo.improve.winner import first_draw
from pytest_promptevo.night.archive import Archive, about
from pytest_promptevo.night.report import code
from pytest_promptevo.night.sides import note, sides_of
from pytest_promptevo.night.teaching import taught
from pytest_promptevo.night.tonight import CANDIDATES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.genome import Genome, SearchSpace
    from pytest_promptevo.night.tonight import Tonight
    from pytest_promptevo.project import Evolution, SuiteRun


def searched(tonight: Tonight, run: SuiteRun) -> Evolution | None:
    """Searches, from the locked genome: where no rollout is at work, it is the best arm.

    Args:
        tonight: Takes what is told.
        run: The suite, new examples included.

    Returns:
        What was found; None if nothing can be searched.

    Raises:
        PromptEvoError: if a model cannot answer.
    """
    suite, space = run.suite, run.suite.space
    if space is None or not space.free:
        tonight.tell("nothing of it may vary, so nothing is searched")
        return None
    if tonight.seconds is not None and tonight.seconds <= 0:
        tonight.tell("no time is left to search")
        return None
    noted = tonight.folder.of(suite.name, "sides.json")
    sides = sides_of(run.entry, noted)
    held_out = sides.split(suite)
    if not held_out:
        tonight.tell("it has too few examples to confirm candidates (16 are needed)")
        return None
    verdict = tonight.project.judge(run)
    if not verdict.passes:
        tonight.tell(
            "the locked genome fails its gate, so nothing can be proposed beside it: "
            f"{code(verdict.breaches[0])}; pytest --evolve searches one that does not"
        )
        return None
    archive = Archive(tonight.folder.of(suite.name, "searches.jsonl"), about(suite))
    plan = _plan(tonight, run, space, archive, held_out)
    try:
        evolution = tonight.project.evolve(run, plan)
    except SettingsError as exc:
        tonight.tell(f"nothing is searched: {code(exc)}")
        return None
    outcome = evolution.outcome
    if outcome is not None:
        seen = [suite.by_id[name] for name in outcome.searched_ids]
        archive.put(tonight.number, outcome.result, seen)
        note(noted, suite, held_out, sides.names_in(suite))
        tonight.tell(
            f"searched: {outcome.result.evaluations:,} evaluations, {outcome.calls:,} calls, "
            f"{evolution.paid:,} of them to models"
        )
    return evolution


def _plan(
    tonight: Tonight,
    run: SuiteRun,
    space: SearchSpace,
    archive: Archive,
    held_out: frozenset[str],
) -> Plan:
    served, log = tonight.served(run), []
    if tonight.state is not None:
        served.note({arm: each.prompt.genome for arm, each in tonight.arms(run).by_id.items()})
        log = served.log(tonight.state, run.suite.name)
    model = taught(run, space, tonight.keep, log, archive.before(tonight.number), held_out)
    tonight.tell(f"reward model {model.reason}")
    rng = np.random.default_rng([tonight.number, 1])

    def screen(children: Sequence[Genome]) -> Sequence[Genome]:
        return model.screen(children, rng)

    bound = tonight.calls is not None or tonight.seconds is not None
    return Plan(
        "racing",
        tonight.number,
        Budget(calls=tonight.calls, seconds=tonight.seconds) if bound else None,
        candidates=CANDIDATES,
        keeps=True,
        held_out=held_out,
        barred=served.dropped,
        draw=first_draw(run.entry),
        screen=screen if model.active else None,
    )
