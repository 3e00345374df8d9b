"""A loaded suite."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.fitness import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_promptevo.fitness import Objectives
    from pytest_promptevo.genome import Genome, SearchSpace
    from pytest_promptevo.prompt import OutputSpec, Template
    from pytest_promptevo.scorers import ScorerSet
    from pytest_promptevo.suite.golden import Example


@dataclass(frozen=True)
class Suite:
    """A prompt, its golden examples, the genes that may vary, and the gate.

    Attributes:
        name: Unique name.
        path: The suite file.
        examples: The golden examples, in the order of their file.
        pool: Few-shot examples by id.
        models: Role to model reference.
        template: The prompt's texts, or None where `target` stands for them.
        target: ``module:function`` of the user's own code, or empty.
        shipped: The genome before any evolution.
        space: What ``--evolve`` may change, or None.
        output: What a valid output is.
        scorers: How quality is measured.
        objectives: Weights and hard limits.
        threshold: Least mean fitness of the suite.
        pass_mark: Least quality of an example that passes.
        draft: Whether failures are expected as long as the suite has no lock entry.
        spec: Digests of the sections of the file, for fingerprints.
    """

    name: str
    path: Path
    examples: tuple[Example, ...]
    pool: Mapping[str, Example]
    models: Mapping[str, str]
    template: Template | None
    target: str
    shipped: Genome
    space: SearchSpace | None
    output: OutputSpec
    scorers: ScorerSet
    objectives: Objectives
    threshold: float
    pass_mark: float = 1.0
    draft: bool = False
    spec: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> Mapping[str, Example]:
        """The golden examples by id."""
        return {example.id: example for example in self.examples}

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Digests of what a lock entry depends on, by the name that users know it by."""
        objectives = {
            name: [self.objectives.weights.get(name), _limits(self.objectives.limits.get(name))]
            for name in NAMES
        }
        parts: dict[str, Any] = {
            "prompt": self.spec.get("prompt") or self.spec.get("target"),
            "genome": self.shipped.plain(),
            "search": self.spec.get("search", {}),
            "shots": [example.content() for example in self.pool.values()],
            "output": self.spec.get("output", {}),
            "scorers": [self.spec.get("scorers"), dict(self.scorers.sources), self.pass_mark],
            "objectives": [objectives, self.threshold],
            "golden": [example.content() for example in self.examples],
        }
        return {name: digest(part) for name, part in parts.items()}

    def with_models(self, overrides: Mapping[str, str]) -> Suite:
        """Returns the suite with some roles served by other models."""
        known = {role: reference for role, reference in overrides.items() if role in self.models}
        return replace(self, models={**self.models, **known}) if known else self


def _limits(limit: Any) -> list[float | None]:
    return [limit.min, limit.max, limit.p95_max] if limit else []
