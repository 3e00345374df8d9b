"""A loaded suite."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import digest
from pytest_promptevo.base.source_files import code_digests, module_files
from pytest_promptevo.errors import GoldenError, InputError, SettingsError, SuiteError
from pytest_promptevo.fitness import NAMES, judge
from pytest_promptevo.genome import SearchSpace, Text
from pytest_promptevo.prompt import as_text
from pytest_promptevo.providers import kind_of
from pytest_promptevo.rollout import RolloutSettings
from pytest_promptevo.scorers.registry import as_locked

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.errors import PromptEvoError
    from pytest_promptevo.fitness import Gate, Objectives, Score
    from pytest_promptevo.genome import Gene, Genome
    from pytest_promptevo.prompt import Example, Prompt
    from pytest_promptevo.scorers import ScorerSet
    from pytest_promptevo.suite.duplicates import Duplicates


@dataclass(frozen=True)
class Suite:
    """A prompt, its golden examples, the genes that may vary, and the gate.

    Attributes:
        name: Unique name.
        path: The suite file.
        root: The project's folder.
        examples: The golden examples, in the order of their file.
        prompt: Texts, few-shot examples, models and output; where there is a `target`, the
            texts are missing.
        target: ``module:function`` of the user's own code, or empty.
        shipped: The genome before any evolution.
        space: What ``--evolve`` may change, or None.
        scorers: How quality is measured.
        objectives: Weights and hard limits.
        threshold: Least mean fitness of the suite.
        pass_mark: Least quality of an example that passes.
        repeats: How often an example is drawn, at a temperature above 0.
        draft: Whether failures are expected as long as the suite has no lock entry.
        scorer_check: Whether the scorers are tested before the suite is judged.
        tag_minima: Tag to the least mean quality of the golden examples that have it.
        rollout: How production moves traffic to candidates.
        proposers: Role to reference of the models that propose texts: no genome need name them.
        spec: What the file says, for fingerprints and the lines of errors.
    """

    name: str
    path: Path
    root: Path
    examples: tuple[Example, ...]
    prompt: Prompt
    target: str
    shipped: Genome
    space: SearchSpace | None
    scorers: ScorerSet
    objectives: Objectives
    threshold: float
    pass_mark: float = 1.0
    repeats: int = 1
    draft: bool = False
    scorer_check: bool = True
    tag_minima: Mapping[str, float] = field(default_factory=dict)
    rollout: RolloutSettings = field(default_factory=RolloutSettings)
    proposers: Mapping[str, str] = field(default_factory=dict)
    spec: Mapping[str, Any] = field(default_factory=dict)
    _overlaps: dict[tuple[str, ...], bool] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def by_id(self) -> Mapping[str, Example]:
        """The golden examples by id."""
        return {example.id: example for example in self.examples}

    @cached_property
    def scorer_code(self) -> Mapping[str, str]:
        """The project's files that scorers consist of: path from the root to digest.

        Modules that they import count, but nothing that is installed.
        """
        return code_digests(self.scorers.files, self.root) if self.scorers.files else {}

    @cached_property
    def code(self) -> Mapping[str, str]:
        """The files of scorers and target, as in `scorer_code`."""
        if not self.target:
            return self.scorer_code
        files = module_files(self.target.partition(":")[0], self.root)
        return dict(sorted({**self.scorer_code, **code_digests(files, self.root)}.items()))

    def about(self, example: Example, message: str, pattern: str) -> InputError:
        """Returns an error about a pattern at the line of it: in the suite, or of the example."""
        message = f"example {example.id!r}: {message}"
        if pattern in (as_text(example.expected), *_texts_in(example.scorers)):
            return self.about_example(example, message)
        where = ("scorers",) if pattern in _texts_in(self.spec.get("scorers")) else ("output",)
        return SuiteError(message, path=self.path, line=self._line(where))

    def about_example(self, example: Example, message: str, hint: str = "") -> GoldenError:
        """Returns an error about a golden example at its line."""
        golden = self.spec.get("golden")
        path = self.path.parent / golden if isinstance(golden, str) else self.path
        return GoldenError(message, path=path, line=example.line, hint=hint)

    def about_model(self, reference: str, error: SettingsError) -> PromptEvoError:
        """Returns an error about a model at the line that names it; as it is where none does.

        A server's settings are the environment's: such an error stays as it is, too.
        """
        named = self.spec.get("models", {})
        role = next((role for role in named if named[role] == reference), None)
        if role is None or kind_of(reference).needs_server:
            return error
        line = self._line(("models", role))
        return SuiteError(f"models.{role}: {error}", path=self.path, line=line)

    def about_target(self, message: str) -> SuiteError:
        """Returns an error about the target at its line."""
        return SuiteError(message, path=self.path, line=self._line(("target",)))

    def _line(self, where: tuple[str, ...]) -> int:
        from pytest_promptevo.base import yaml_reader
        from pytest_promptevo.base.text_files import read_text

        try:
            return yaml_reader.load(read_text(self.path, SuiteError), self.path).line(where)
        except InputError:  # changed since it was loaded
            return 1

    @cached_property
    def duplicates(self) -> Duplicates:
        """Groups of near-duplicates among golden and few-shot examples, found when asked for."""
        from pytest_promptevo.suite.duplicates import Duplicates

        return Duplicates.among(self.examples, tuple(self.prompt.pool.values()))

    def unshown(self, genome: Genome, example: Example) -> Collection[str]:
        """Returns ids of few-shot examples that would tell the answer to a golden example."""
        shots = tuple(genome.get("shots", ()))
        if not shots:
            return ()
        if not self._may_be_shown_itself(shots):
            return {example.id}
        return {example.id, *self.duplicates.shots.get(example.id, ())}

    def _may_be_shown_itself(self, shots: tuple[str, ...]) -> bool:
        """Whether one of these few-shot examples can be a golden one; a replay asks for few."""
        if "duplicates" in self.__dict__:
            return True
        if shots not in self._overlaps:
            from pytest_promptevo.suite.duplicates import may_overlap

            pool = self.prompt.pool
            rest = [example for name, example in pool.items() if name not in shots]
            chosen = [pool[shot] for shot in shots]
            self._overlaps[shots] = may_overlap([*self.examples, *rest], chosen)
        return self._overlaps[shots]

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """Digests of what a lock entry depends on beside `code`, by the name users know it by."""
        objectives = {
            name: [self.objectives.weights.get(name), _limits(self.objectives.limits.get(name))]
            for name in NAMES
        }
        parts: dict[str, Any] = {
            "prompt": self.spec.get("prompt") or self.spec.get("target"),
            "genome": self.shipped.plain(),
            "search": self.spec.get("search", {}),
            "shots": [example.content() for example in self.prompt.pool.values()],
            "output": self.spec.get("output", {}),
            "scorers": [
                as_locked(self.spec.get("scorers", ())),
                dict(self.scorers.sources),
                self.pass_mark,
            ],
            "objectives": [objectives, self.threshold, *self._limited_tags()],
            "golden": [example.content() for example in self.examples],
        }
        return {name: digest(part) for name, part in parts.items()}

    def _limited_tags(self) -> list[Any]:
        """Returns the limits of tags with the examples that they are about; nothing of nothing."""
        if not self.tag_minima:
            return []
        return [{tag: [least, self.tagged(tag)] for tag, least in self.tag_minima.items()}]

    def tagged(self, tag: str) -> list[str]:
        """Returns the ids of the golden examples that have a tag."""
        return [example.id for example in self.examples if tag in example.tags]

    def judge(self, scores: Sequence[Score]) -> Gate:
        """Judges the scores of all examples: threshold and hard limits."""
        return judge(self.objectives, self.threshold, scores)

    def is_noisy(self, genome: Genome) -> bool:
        """Whether answers to the same request may differ (a target may say so itself)."""
        return bool(self.target or genome.get("temperature"))

    def draws(self, genome: Genome) -> int:
        """Returns how often each example of a genome is drawn."""
        return self.repeats if self.is_noisy(genome) else 1

    def with_repeats(self, repeats: int) -> Suite:
        """Returns the suite with another number of draws; 0 leaves it as it is."""
        return replace(self, repeats=repeats) if repeats else self

    def with_examples(self, added: Sequence[Example]) -> Suite:
        """Returns the suite with more golden examples, as if they stood at the end of its file."""
        if not added:
            return self
        space = self.space and SearchSpace(
            {name: _guarding(gene, added) for name, gene in self.space.items()}
        )
        return replace(self, examples=(*self.examples, *added), space=space)

    def with_models(self, overrides: Mapping[str, str]) -> Suite:
        """Returns the suite with some roles served by other models."""
        models = _overridden(self.prompt.models, overrides)
        proposers = _overridden(self.proposers, overrides)
        if (models, proposers) == (self.prompt.models, self.proposers):
            return self
        return replace(self, prompt=replace(self.prompt, models=models), proposers=proposers)


def _overridden(models: Mapping[str, str], overrides: Mapping[str, str]) -> dict[str, str]:
    return {role: overrides.get(role, reference) for role, reference in models.items()}


def _guarding(gene: Gene, added: Sequence[Example]) -> Gene:
    """Returns a gene whose texts tell nothing of more examples either."""
    from pytest_promptevo.suite.leaks import TextGuard

    if isinstance(gene, Text) and isinstance(gene.problem, TextGuard):
        return gene.guarded(gene.problem.with_examples(added))
    return gene


def _limits(limit: Any) -> list[float | None]:
    return [limit.min, limit.max, limit.p95_max] if limit else []


def _texts_in(data: Any) -> list[str]:
    """Returns all texts that are values somewhere in plain data."""
    if isinstance(data, dict):
        data = list(data.values())
    if isinstance(data, (list, tuple)):
        return [text for each in data for text in _texts_in(each)]
    return [data] if isinstance(data, str) else []
