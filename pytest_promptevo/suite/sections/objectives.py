"""``objectives:`` and ``threshold:`` of a suite file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.fitness import DEFAULT_WEIGHTS, NAMES, Limit, Objectives

if TYPE_CHECKING:
    from pytest_promptevo.suite.file_schema import SuiteSpec
    from pytest_promptevo.suite.problems import Problems


def read_objectives(spec: SuiteSpec, problems: Problems) -> Objectives:
    """Returns weights and hard limits, as ``objectives:`` says, checked with the threshold.

    Without the key all four default weights hold. With it, what is listed counts (with its
    default weight, if it gives none, a mere limit included) and what is not has weight 0;
    quality always counts.

    Raises:
        SuiteError: naming file and line.
    """
    is_given = "objectives" in spec.model_fields_set
    listed = {"quality", *spec.objectives.model_fields_set} if is_given else set(NAMES)
    weights, limits = {}, {}
    for name in NAMES:
        part = getattr(spec.objectives, name)
        default = DEFAULT_WEIGHTS[name] if name in listed else 0.0
        weights[name] = default if part.weight is None else part.weight
        if (part.min, part.max, part.p95_max) != (None, None, None):
            limits[name] = Limit(part.min, part.max, part.p95_max)
        if part.min is not None and part.max is not None and part.min > part.max:
            raise problems.at(
                ("objectives", name, "min"),
                f"min {part.min:g} of {name} is above its max {part.max:g}",
                "no genome can keep both",
            )
        if name != "quality" and weights[name] > 0:
            raise problems.at(
                ("objectives", name, "weight"),
                f"weight of {name} must not be above 0",
                "it is a cost",
            )
    made = Objectives(weights, limits)
    if weights["quality"] <= 0:
        raise problems.at(("objectives", "quality"), "weight of quality must be above 0")
    if spec.threshold > made.best_possible():
        raise problems.at(
            ("threshold",),
            f"no genome can reach the threshold {spec.threshold:g}",
            f"the best possible fitness is {made.best_possible():g}",
        )
    low = limits.get("quality", Limit()).min
    if low is not None and low > 1:
        raise problems.at(("objectives", "quality", "min"), "quality is at most 1")
    return made
