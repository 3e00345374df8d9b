"""Whether an entry still describes its suite, and if not, what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.base.text import few_of
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock.code import as_seen_now, other_code
from pytest_promptevo.lock.copies import edited_copies
from pytest_promptevo.prompt.layout import DEFAULTS
from pytest_promptevo.providers import kind_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pytest_promptevo.lock.entry import Entry
    from pytest_promptevo.suite import Suite

_NAMES = {
    "prompt": "the prompt's texts",
    "genome": "the shipped genome",
    "search": "the search space",
    "shots": "the few-shot examples",
    "output": "the output's format",
    "scorers": "the scorers",
    "objectives": "the objectives or the threshold",
    "golden": "the golden examples",
}


_MOST_NAMED = 5

_EVIDENCE = ("prompt", "shots", "output", "scorers", "golden")
"""What the evidence for a genome is about; what else may be searched does not touch it."""


def changes(
    suite: Suite,
    entry: Entry,
    digests: Mapping[str, str],
    golden: Sequence[str] = (),
    without: Collection[str] = (),
    *,
    code: Sequence[str] | None = None,
    unknown: Collection[str] = (),
) -> list[str]:
    """Returns what changed since the entry was written, a phrase each.

    Args:
        suite: The suite as it is now.
        entry: Its entry.
        digests: Role to the digest of its model as it is now, for the roles whose model
            is in reach.
        golden: Which golden examples changed, where that is known, a phrase each.
        without: Model roles that are not compared.
        code: The files of scorers and target that are others now, where somebody else has
            looked; what lies on the disk if not given.
        unknown: Names of fingerprints that are not compared, because the code that they are
            also about is out of reach.
    """
    changed = [
        _NAMES[name] + (_some(golden) if name == "golden" else "")
        for name in _NAMES
        if name not in unknown and _differs(suite, entry, name)
    ]
    if not any(_differs(suite, entry, name) for name in ("prompt", "shots", "output")):
        changed += edited_copies(suite, entry)
    if files := changed_code(suite, entry) if code is None else code:
        changed.append(f"the code of scorers or target{_some(files)}")
    if suite.draws(Genome(entry.genome)) != entry.repeats:
        changed.append(f"repeats ({entry.repeats} -> {suite.draws(Genome(entry.genome))})")
    for number, candidate in enumerate(entry.candidates, 1):
        draws = suite.draws(Genome(candidate.genome))
        if draws != candidate.repeats:
            changed.append(f"repeats of candidate-{number} ({candidate.repeats} -> {draws})")
    if suite.rollout != entry.rollout.settings():
        changed.append("the rollout")
    return [*changed, *_changed_models(suite, entry, digests, without)]


def evidence_holds(suite: Suite, entry: Entry, digests: Mapping[str, str]) -> bool:
    """Whether the entry's evidence is about the suite as it is now.

    Args:
        suite: The suite as it is now.
        entry: Its entry.
        digests: As for `changes`.
    """
    weights = suite.objectives.counting
    is_same = not any(_differs(suite, entry, name) for name in _EVIDENCE)
    is_same = is_same and not changed_code(suite, entry)
    is_same = is_same and entry.objectives in (weights, {})  # version 1 does not hold them
    return is_same and not _changed_models(suite, entry, digests)


def made_otherwise(suite: Suite, entry: Entry, digests: Mapping[str, str]) -> list[str]:
    """Returns what changed of what makes answers and judges them, a phrase each.

    Args:
        suite: The suite as it is now.
        entry: Its entry.
        digests: As for `changes`.
    """
    parts = [name for name in _EVIDENCE if name != "golden" and _differs(suite, entry, name)]
    changed = [_NAMES[name] for name in parts]
    if files := changed_code(suite, entry):
        changed.append(f"the code of scorers or target{_some(files)}")
    judges = {role for _, role in suite.scorers.roles()}
    others = {*suite.prompt.models, *entry.models} - {entry.genome.get("model"), *judges}
    return [*changed, *_changed_models(suite, entry, digests, others)]


def changed_code(suite: Suite, entry: Entry) -> list[str]:
    """Returns the files of scorers and target, and of what they import, that are others now."""
    return other_code(entry.code, suite.code)


def same_scorers(suite: Suite, entry: Entry) -> bool:
    """Whether the suite's examples are scored as when the entry was written."""
    locked = as_seen_now(entry.code, suite.code)
    same_code = all(locked.get(path) == digest for path, digest in suite.scorer_code.items())
    return same_code and not _differs(suite, entry, "scorers")


def _some(phrases: Sequence[str]) -> str:
    return f" ({few_of(phrases, _MOST_NAMED)})" if phrases else ""


def _differs(suite: Suite, entry: Entry, name: str) -> bool:
    told = entry.fingerprints.get(name)
    return told != suite.fingerprints[name] and not (
        name == "genome" and told in _same_genomes(suite)
    )


def _same_genomes(suite: Suite) -> set[str]:
    """Returns the digests of genomes that ship the same: one may name a default, or leave it out.

    Which of these the shipped genome is, `search` decides, whose changes are told as such.
    """
    defaults = {} if suite.spec.get("target") else DEFAULTS  # a target's genes mean what it says
    shipped = suite.shipped.plain()
    genomes = [{name: value for name, value in shipped.items() if defaults.get(name) != value}]
    for name, value in defaults.items():
        if name not in genomes[0]:
            genomes += [{**genome, name: value} for genome in genomes]
    return {digest(genome) for genome in genomes}


def _changed_models(
    suite: Suite, entry: Entry, digests: Mapping[str, str], without: Collection[str] = ()
) -> list[str]:
    models, changed = suite.prompt.models, []
    for role in sorted({*models, *entry.models}.difference(without)):
        locked = entry.models.get(role)
        if locked is None or role not in models:
            changed.append(f"model role {role!r}")
        elif locked.reference != models[role]:
            changed.append(f"model {role!r} ({locked.reference} -> {models[role]})")
        elif role in digests and digests[role] != locked.digest:
            part = kind_of(models[role]).identity
            changed.append(f"the {part} of model {role!r} ({models[role]})")
    return changed
