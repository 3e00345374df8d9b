"""Search spaces and objectives as JSON, so that a table stands alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pytest_promptevo.fitness import Limit, Objectives
from pytest_promptevo.genome import Choice, FewShot, Flag, Float, Gene, Int, SearchSpace


def space_to_json(space: SearchSpace) -> dict[str, Any]:
    """Returns the genes as plain data."""
    return {name: _gene_to_json(gene) for name, gene in space.items()}


def space_from_json(data: dict[str, Any]) -> SearchSpace:
    """Returns the genes that `space_to_json` wrote."""
    return SearchSpace({name: _gene_from_json(dict(gene)) for name, gene in data.items()})


def objectives_to_json(objectives: Objectives) -> dict[str, Any]:
    """Returns weights and limits as plain data."""
    return asdict(objectives)


def objectives_from_json(data: dict[str, Any]) -> Objectives:
    """Returns the objectives that `objectives_to_json` wrote."""
    return Objectives(
        data["weights"], {name: Limit(**limit) for name, limit in data["limits"].items()}
    )


def _gene_to_json(gene: Gene) -> dict[str, Any]:
    if isinstance(gene, Flag):
        return {"kind": "flag"}
    if isinstance(gene, Choice):
        return {"kind": "choice", "options": list(gene.options)}
    if isinstance(gene, FewShot):
        return {"kind": "few_shot", "pool": list(gene.pool), "max": gene.max, "min": gene.min}
    if isinstance(gene, (Int, Float)):
        kind = "int" if isinstance(gene, Int) else "float"
        return {
            "kind": kind,
            "low": gene.low,
            "high": gene.high,
            "step": gene.step_size,
            "log": gene.log,
        }
    raise TypeError(f"cannot write {gene!r} down")


def _gene_from_json(data: dict[str, Any]) -> Gene:
    kind = data.pop("kind")
    if kind == "flag":
        return Flag()
    if kind == "choice":
        return Choice(data["options"])
    if kind == "few_shot":
        return FewShot(data["pool"], data["max"], data["min"])
    made = Int if kind == "int" else Float
    return made(data["low"], data["high"], data["step"], log=data["log"])
