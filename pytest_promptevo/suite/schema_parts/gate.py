"""What decides on a genome, in the schema: objectives and rollout."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pytest_promptevo.rollout.settings import RolloutSettings

_ROLLOUT = {
    "control": {"minimum": 0, "exclusiveMaximum": 1},
    "margin": {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "alpha": {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "advance_at": {"exclusiveMinimum": 1},
    "risk": {"exclusiveMinimum": 0, "exclusiveMaximum": 1},
    "min_outcomes": {"minimum": 1},
    "half_life": {"minimum": 1},
}


def rollout(part: dict[str, Any]) -> dict[str, Any]:
    """Returns the part with what holds if a key is left out, and with ranges."""
    defaults = asdict(RolloutSettings())
    told = {}
    for name, key in part["properties"].items():
        kinds = [{**kind, **_rollout_range(name, kind)} for kind in key["anyOf"]]
        default = defaults[name]
        plain = list(default) if isinstance(default, tuple) else default
        told[name] = {**key, "anyOf": kinds, "default": plain}
    return {**part, "properties": told}


def _rollout_range(name: str, kind: dict[str, Any]) -> dict[str, Any]:
    """Returns what of a range a schema can say (see `RolloutSettings`)."""
    if kind.get("type") == "array":
        return {"minItems": 1, "items": {"type": "number", "exclusiveMinimum": 0, "maximum": 1}}
    return _ROLLOUT.get(name, {}) if kind.get("type") != "null" else {}


def objectives(part: dict[str, Any]) -> dict[str, Any]:
    """Returns the part with the sign that a weight has: quality is wanted, the others cost."""
    told = {}
    for name, objective in part["properties"].items():
        sign = {"exclusiveMinimum": 0} if name == "quality" else {"maximum": 0}
        changed = {"weight": sign, **({"min": {"maximum": 1}} if name == "quality" else {})}
        keys = {
            key: {**each, "anyOf": [_bounded(kind, changed.get(key, {})) for kind in each["anyOf"]]}
            for key, each in objective["properties"].items()
        }
        told[name] = {**objective, "properties": keys}
    return {**part, "properties": told}


def _bounded(kind: dict[str, Any], bounds: dict[str, Any]) -> dict[str, Any]:
    """Returns a kind of number within other bounds; null has none."""
    if kind.get("type") == "null" or not bounds:
        return kind
    replaced = {"minimum"} if "exclusiveMinimum" in bounds else set(bounds)
    return {**{name: each for name, each in kind.items() if name not in replaced}, **bounds}
