"""Scorers by name."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json, digest
from pytest_promptevo.base.importing import imported
from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.base.source_files import files_of, module_files
from pytest_promptevo.errors import did_you_mean
from pytest_promptevo.scorers import fields, judge, similarity, text
from pytest_promptevo.scorers.scorer_set import ScorerSet, WeightedScorer, make_scorer

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.scorers.base import Factory, Scorer


BUILT_IN: dict[str, Factory] = {
    "exact_match": text.exact_match,
    "contains": text.contains,
    "regex": text.regex,
    "label": text.label,
    "numeric": fields.numeric,
    "fields": fields.expected_fields,
    "judge": judge.judge,
    "similarity": similarity.similarity,
    "json_schema": fields.expected_fields,  # its older name: it compares, and checks no schema
}


MOST_WEIGHT = 1_000_000_000
"""Largest weight of a scorer: their sum stays a number."""

OLDER_NAMES = {"fields": "json_schema"}
"""Scorers by their present name that locks know by an older one."""


def build(
    specs: Sequence[str | Mapping[str, Any]],
    extra: Mapping[str, Factory],
    root: Path,
    lost: Sequence[str] = (),
) -> ScorerSet:
    """Builds the scorers of a suite.

    Args:
        specs: Names, or mappings from one name to its options (``weight`` among them).
        extra: Scorers of plugins and ``conftest.py`` by name.
        root: Folder that ``python:`` scorers are imported from.
        lost: What is wrong with packages whose scorers could not be had.

    Raises:
        ValueError: if a scorer is unknown, or its options are wrong.
    """
    known = {**BUILT_IN, **extra}
    entries: list[WeightedScorer] = []
    sources, files = {}, []
    for spec in specs:
        name, options, weight = _split(spec)
        if name.startswith("python:"):
            factory = _imported(name, root)
            own = module_files(name.split(":")[1], root)
        elif name in known:
            factory = known[name]
            own = files_of(factory, root) if name in extra else []
        else:
            near = did_you_mean(name, [*known, "python:module:function"])
            raise ValueError("; ".join([f"unknown scorer {name!r}: {near}", *lost]))
        files += own
        if name not in BUILT_IN or name in extra:
            sources[name] = _source_digest(factory, in_files=bool(own))
        if any((entry.name, entry.options) == (name, options) for entry in entries):
            raise ValueError(f"{name} is named twice: once, with a weight, says the same")
        entries.append(
            WeightedScorer(name, options, weight, factory, make_scorer(name, factory, options))
        )
    return ScorerSet(
        tuple(entries), sources, tuple(dict.fromkeys(files)), tuple(_replaced(entries))
    )


def named_alone(specs: Sequence[str | Mapping[str, Any]]) -> ScorerSet:
    """Returns what is known of scorers from their names, whose code is out of reach.

    They judge nothing. A ``python:`` scorer is told by the name of its function, as a project's
    own files are; of what hooks offer nothing is known.

    Raises:
        ValueError: if what a suite says of one has the wrong form.
    """
    names = [_split(spec)[0] for spec in specs]
    functions = {name: name.rpartition(":")[2] for name in names if name.startswith("python:")}
    return ScorerSet((), {name: digest(function) for name, function in functions.items()})


def _replaced(entries: Sequence[WeightedScorer]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        if entry.name in BUILT_IN and entry.factory is not BUILT_IN[entry.name]:
            yield entry.name, getattr(entry.factory, "__module__", None) or "a plugin"


def as_locked(specs: Sequence[Any]) -> list[Any]:
    """Returns what a suite says of its scorers, each under the oldest name it has had."""
    return [
        OLDER_NAMES.get(spec, spec)
        if isinstance(spec, str)
        else {OLDER_NAMES.get(name, name): options for name, options in spec.items()}
        for spec in specs
    ]


def _split(spec: str | Mapping[str, Any]) -> tuple[str, dict[str, Any], float]:
    if isinstance(spec, str):
        return spec, {}, 1.0
    if len(spec) != 1:
        raise ValueError("a scorer is a name, or one name with its options")
    name, given = next(iter(spec.items()))
    if given is not None and not isinstance(given, Mapping):
        raise ValueError(f"options of {name} must be a mapping")
    options = dict(given or {})
    weight = options.pop("weight", 1.0)
    if not is_number(weight) or not 0 < weight <= MOST_WEIGHT:
        raise ValueError(f"weight of {name} must be a number above 0, {MOST_WEIGHT:,} at most")
    return name, options, float(weight)


def _imported(name: str, root: Path) -> Factory:
    function: Scorer = imported(name.removeprefix("python:"), root, shown=name)

    def factory() -> Scorer:
        return function

    factory.__wrapped_scorer__ = function  # type: ignore[attr-defined]
    return factory


def _source_digest(factory: Factory, *, in_files: bool) -> str:
    function = getattr(factory, "__wrapped_scorer__", factory)
    if in_files:
        return digest(getattr(function, "__qualname__", type(function).__qualname__))
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        source = canonical_json(getattr(function, "__qualname__", repr(type(function))))
    return "sha256:" + hashlib.sha256(source.encode()).hexdigest()[:16]
