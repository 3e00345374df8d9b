"""The arms of a suite: the locked genome and the candidates of its lock entry."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json, text_key
from pytest_promptevo.fitness import DEFAULT_WEIGHTS
from pytest_promptevo.fitness.reward import RewardScale
from pytest_promptevo.rollout import Prior
from pytest_promptevo.runtime.load import Loader, read_entry
from pytest_promptevo.state.lineup import Lineup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.providers import ProviderOptions
    from pytest_promptevo.runtime.locked_prompt import LockedPrompt


@dataclass(frozen=True)
class Arm:
    """A genome that may get traffic.

    Attributes:
        id: Digest of all that is rendered and sampled.
        name: ``genome``, or ``candidate-1`` and so on, as ``promptevo status`` calls it.
        prompt: The genome, ready to be asked.
    """

    id: str
    name: str
    prompt: LockedPrompt


@dataclass(frozen=True)
class Arms:
    """All that a lock entry says of the traffic of a suite.

    Attributes:
        path: The lock.
        control: The locked genome.
        by_id: Id to arm, the control included.
        lineup: The arms as a store knows them.
        weights: Objective to weight.
        means: Objective to its mean on the golden examples: what is not reported counts so.
        scale: From fitness to reward.
        pass_mark: Least quality of an answer that is no failure.
    """

    path: Path
    control: Arm
    by_id: Mapping[str, Arm]
    lineup: Lineup
    weights: Mapping[str, float]
    means: Mapping[str, float]
    scale: RewardScale
    pass_mark: float

    def reward(self, figures: Mapping[str, float | None]) -> float:
        """Returns the reward of an outcome.

        Args:
            figures: Objective to figure; what is None or missing counts as its mean.
        """
        fitness = 0.0
        for name, weight in self.weights.items():
            figure = figures.get(name)
            fitness += weight * (self.means.get(name, 0.0) if figure is None else figure)
        return self.scale.reward(fitness)


def read_arms(
    lock: str | Path,
    suite: str,
    models: Mapping[str, str],
    options: ProviderOptions | None,
    root: str | Path | None,
) -> Arms:
    """Reads the arms of a suite from a lock.

    Raises:
        LockError: if the lock cannot be used, has no such suite, or a genome that cannot be
            asked.
        SettingsError: for a role that the suite does not have, or a wrong reference.
    """
    path, entry = read_entry(lock, suite)
    loader = Loader(path, suite, entry, models, options, root)
    control, *others = (
        _arm(loader.prompt(number), entry, f"candidate-{number}" if number else "genome")
        for number in range(len(entry.candidates) + 1)
    )
    candidates = {arm.id: arm for arm in others if arm.id != control.id}
    weights = entry.objectives or DEFAULT_WEIGHTS
    means = _means(entry)
    told_scale = entry.reward
    scale = (
        RewardScale(told_scale.low, told_scale.high)
        if told_scale
        else RewardScale.of(weights, means)
    )
    settings = entry.rollout.settings()
    told = [control.id, list(candidates), asdict(settings), dict(weights), asdict(scale)]
    lineup = Lineup(
        suite=suite,
        key=text_key(canonical_json(told))[:8],
        control=control.id,
        candidates=tuple(candidates),
        priors=_priors(entry, control, others, scale),
        settings=settings,
    )
    by_id = {**candidates, control.id: control}
    return Arms(path, control, by_id, lineup, weights, means, scale, entry.pass_mark)


def _arm(prompt: LockedPrompt, entry: Entry, name: str) -> Arm:
    genome = prompt.genome
    reference = prompt.model
    told: list[Any] = [
        entry.target,
        entry.code if entry.target else {},
        asdict(entry_prompt) if (entry_prompt := prompt.prompt.template) else None,
        genome.plain(),
        [[shot.inputs, shot.expected] for shot in prompt.prompt.shots(genome)],
        entry.output.plain(),
        [reference, entry.digests.get(reference, "")],
    ]
    return Arm(text_key(canonical_json(told))[:16], name, prompt)


def _means(entry: Entry) -> dict[str, float]:
    figures = entry.figures.get("after") or next(iter(entry.figures.values()), None)
    if figures is None:
        return {}
    names = ("quality", "latency_ms", "tokens", "repairs")
    return {name: getattr(figures, name).mean for name in names}


def _priors(
    entry: Entry, control: Arm, others: Sequence[Arm], scale: RewardScale
) -> dict[str, Prior]:
    """Returns what the golden examples say of the arms: of all on the same ones, if they can."""
    compared = [candidate.held_out for candidate in entry.candidates]
    own = compared[0].locked if compared else entry.figures.get("after")
    figures = {arm.id: each.candidate for arm, each in zip(others, compared, strict=True)}
    if own is not None:
        figures[control.id] = own
    return {
        arm: Prior(scale.reward(each.fitness.mean), max(each.n, 1)) for arm, each in figures.items()
    }
