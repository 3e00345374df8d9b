"""A rollout that has settled comes back to the lock: its winner, or nothing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_promptevo.evaluation.measure import baseline
from pytest_promptevo.genome import Genome
from pytest_promptevo.improve.lock_entry import entry_for
from pytest_promptevo.lock import with_failing
from pytest_promptevo.project.commit import commit, recordings_text
from pytest_promptevo.recording import committed_digest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.lock import Entry
    from pytest_promptevo.night.production import Standing
    from pytest_promptevo.project import Project, SuiteRun

_NONE: Mapping[str, Any] = {"candidates": [], "proposal": None, "reward": None}


def winner_of(run: SuiteRun, standing: Standing) -> tuple[Entry, str]:
    """Returns the entry whose genome is the winner, and the text of its recordings.

    What it answers to all golden examples is asked for; the reason that the lock gives is what
    production has shown.

    Args:
        run: The suite.
        standing: Where its rollout stands; settled, with a winner.

    Raises:
        PromptEvoError: if a model cannot answer.
    """
    old = run.entry
    if old is None:
        raise ValueError("a rollout has an entry")
    as_winner = old.as_candidate(standing.winner)
    genome = Genome(as_winner.genome)
    evaluations = _evaluated(run, genome)
    text = recordings_text(run.suite, evaluations)
    made = entry_for(run.evaluator, genome, evaluations, old, None, committed_digest(text))
    new = genome.plain()
    held_out = as_winner.held_out
    changed = {
        "held_out": held_out and with_failing(run.suite, held_out, made.quality or {}, [new]),
        "replaces": {name: value for name, value in old.genome.items() if value != new.get(name)},
        "figures": {"before": old.figures["after"], **made.figures}
        if "after" in old.figures
        else made.figures,
        "search": _reason(standing, str(as_winner.search)),
        **_NONE,
    }
    return made.model_copy(update=changed), text


def without_candidates(entry: Entry) -> Entry:
    """Returns an entry without its candidates."""
    return entry.model_copy(update=dict(_NONE))


def write_entry(project: Project, run: SuiteRun, entry: Entry, text: str) -> None:
    """Writes recordings and lock.

    Raises:
        LockError: if another process has changed the entry meanwhile.
        OSError: if a file cannot be written.
    """
    read = partial(project.resources.read_lock, run.lock_path)
    lock = commit(read, run.lock_path, run.suite.name, entry, run.entry, text)
    project.resources.keep(lock)


def _evaluated(run: SuiteRun, genome: Genome) -> list[Evaluation]:
    made = baseline(run.evaluator, genome, lambda _done: None)
    return [run.evaluator.with_latency(genome, each) for each in made]


def _reason(standing: Standing, found: str) -> str:
    shown = standing.difference
    n = shown.n if shown else 0
    return f"won in production: reward {shown} over {n} outcomes at any time (95 %); {found}"
