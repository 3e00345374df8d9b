"""Scorers by name, and the set of scorers that one suite uses."""

from __future__ import annotations

import hashlib
import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.importing import imported
from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.errors import did_you_mean
from pytest_promptevo.scorers import fields, text
from pytest_promptevo.scorers.base import Factory, Judged, Scorer

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.prompt import Example, Output

BUILT_IN: dict[str, Factory] = {
    "exact_match": text.exact_match,
    "contains": text.contains,
    "regex": text.regex,
    "label": text.label,
    "numeric": fields.numeric,
    "fields": fields.expected_fields,
    "json_schema": fields.expected_fields,  # its older name: it compares, and checks no schema
}


@dataclass(frozen=True)
class _Entry:
    name: str
    options: Mapping[str, Any]
    weight: float
    factory: Factory
    scorer: Scorer


@dataclass(frozen=True)
class ScorerSet:
    """The scorers of a suite; an example's quality is their weighted mean.

    Attributes:
        entries: The scorers with their options.
        sources: Name to digest of source for scorers that are not built in.
    """

    entries: tuple[_Entry, ...]
    sources: Mapping[str, str] = field(default_factory=dict)

    def score(self, output: Output, example: Example) -> Judged:
        """Returns the quality of a valid output.

        Raises:
            ValueError: if a scorer returns something other than a number from 0 to 1.
        """
        total, reasons = 0.0, []
        for entry in self.entries:
            judged = _judge(entry, output, example)
            total += entry.weight * judged.quality
            if judged.reason:
                reasons.append(judged.reason)
        quality = total / sum(entry.weight for entry in self.entries)
        return Judged(round(quality, 12), "; ".join(reasons))

    def check_overrides(self, example: Example) -> None:
        """Checks an example's own options.

        Raises:
            ValueError: if a scorer cannot take them.
        """
        for entry in self.entries:
            if override := example.scorers.get(entry.name):
                _make(entry.name, entry.factory, {**entry.options, **override})


def _judge(entry: _Entry, output: Output, example: Example) -> Judged:
    scorer = entry.scorer
    if override := example.scorers.get(entry.name):
        scorer = entry.factory(**{**entry.options, **override})
    given = scorer(output, example)
    judged = given if isinstance(given, Judged) else Judged(float(given))
    if not (math.isfinite(judged.quality) and 0 <= judged.quality <= 1):
        raise ValueError(f"scorer {entry.name} returned {judged.quality}, not a number from 0 to 1")
    return judged


def build(
    specs: Sequence[str | Mapping[str, Any]],
    extra: Mapping[str, Factory],
    root: Path,
) -> ScorerSet:
    """Builds the scorers of a suite.

    Args:
        specs: Names, or mappings from one name to its options (``weight`` among them).
        extra: Scorers of plugins and ``conftest.py`` by name.
        root: Folder that ``python:`` scorers are imported from.

    Raises:
        ValueError: if a scorer is unknown, or its options are wrong.
    """
    known = {**BUILT_IN, **extra}
    entries, sources = [], {}
    for spec in specs:
        name, options, weight = _split(spec)
        if name.startswith("python:"):
            factory = _imported(name, root)
        elif name in known:
            factory = known[name]
        else:
            raise ValueError(
                f"unknown scorer {name!r}: {did_you_mean(name, [*known, 'python:module:function'])}"
            )
        if name not in BUILT_IN or name in extra:
            sources[name] = _source_digest(factory)
        entries.append(_Entry(name, options, weight, factory, _make(name, factory, options)))
    return ScorerSet(tuple(entries), sources)


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
    if not is_number(weight) or not weight > 0:
        raise ValueError(f"weight of {name} must be a number above 0")
    return name, options, float(weight)


def _make(name: str, factory: Factory, options: Mapping[str, Any]) -> Scorer:
    try:
        _check_flags(inspect.signature(factory).bind(**options))
        return factory(**options)
    except Exception as exc:
        raise ValueError(f"options of {name}: {exc}") from None


def _check_flags(bound: inspect.BoundArguments) -> None:
    for name, value in bound.arguments.items():
        default = bound.signature.parameters[name].default
        if isinstance(default, bool) and not isinstance(value, bool):
            raise ValueError(f"{name} must be true or false, not {value!r}")


def _imported(name: str, root: Path) -> Factory:
    function: Scorer = imported(name.removeprefix("python:"), root, shown=name)

    def factory() -> Scorer:
        return function

    factory.__wrapped_scorer__ = function  # type: ignore[attr-defined]
    return factory


def _source_digest(factory: Factory) -> str:
    function = getattr(factory, "__wrapped_scorer__", factory)
    try:
        source = inspect.getsource(function)
    except (OSError, TypeError):
        source = canonical_json(getattr(function, "__qualname__", repr(type(function))))
    return "sha256:" + hashlib.sha256(source.encode()).hexdigest()[:16]
