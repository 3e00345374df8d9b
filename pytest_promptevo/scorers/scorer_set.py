"""The scorers that one suite uses, as one."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.calling import Raised, text_of, users_code
from pytest_promptevo.scorers.asking import AskingScorer, AskRole
from pytest_promptevo.scorers.base import Factory, Judged, Scorer
from pytest_promptevo.scorers.signatures import check_options, check_scorer, written
from pytest_promptevo.scorers.verdict import WrongVerdict, as_judged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from pytest_promptevo.prompt import Example, Output


@dataclass(frozen=True)
class WeightedScorer:
    """A scorer of a suite.

    Attributes:
        name: As the suite says it.
        options: What the suite says beside the name.
        weight: Its weight in the mean.
        factory: Makes it from options.
        scorer: The scorer with the suite's options.
    """

    name: str
    options: Mapping[str, Any]
    weight: float
    factory: Factory
    scorer: Scorer

    def scorer_for(self, example: Example) -> Scorer:
        """Returns the scorer with the example's own options."""
        if override := example.scorers.get(self.name):
            return self.factory(**{**self.options, **override})
        return self.scorer

    @property
    def asks(self) -> bool:
        """Whether it asks a model."""
        return isinstance(self.scorer, AskingScorer)

    def judge(self, output: Output, example: Example, ask: AskRole | None = None) -> Judged:
        """Returns the scorer's verdict.

        Args:
            output: The output.
            example: Its example.
            ask: Asks a model of the suite, for scorers that do.

        Raises:
            WrongVerdict: if it is none.
        """
        scorer = self.scorer_for(example)
        if isinstance(scorer, AskingScorer) and ask is not None:
            return scorer.judge(output, example, ask)
        given = scorer(output, example)
        try:
            return as_judged(given, f"scorer {self.name}")
        except WrongVerdict as exc:
            raise WrongVerdict(f"{exc}\n  the scorer is {written(scorer)}") from None


@dataclass(frozen=True)
class ScorerSet:
    """The scorers of a suite; an example's quality is their weighted mean.

    Attributes:
        entries: The scorers with their options.
        sources: Name to a digest of what scorers are that are not built in: of the source, or
            of the function's name where the project's own `files` hold it.
        files: The project's files that scorers are written in.
        replaced: Built-in scorers in whose place the suite uses others: name, and the module
            of that.
    """

    entries: tuple[WeightedScorer, ...]
    sources: Mapping[str, str] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    replaced: tuple[tuple[str, str], ...] = ()

    @property
    def judges(self) -> tuple[WeightedScorer, ...]:
        """Those that ask a model."""
        return tuple(entry for entry in self.entries if entry.asks)

    def roles(self, example: Example | None = None) -> list[tuple[str, str]]:
        """Returns the scorers that ask a model, by name, with its role in the suite.

        One scorer may stand there several times, each with a role of its own.

        Args:
            example: An example, whose own options may name others.
        """
        scorers = [
            (entry.name, entry.scorer_for(example) if example else entry.scorer)
            for entry in self.judges
        ]
        return [(name, each.role) for name, each in scorers if isinstance(each, AskingScorer)]

    def score(self, output: Output, example: Example, ask: AskRole | None = None) -> Judged:
        """Returns the quality of a valid output.

        Args:
            output: The output.
            example: Its example.
            ask: Asks a model of the suite, for scorers that do.

        Raises:
            WrongVerdict: if a scorer returns something other than a verdict.
        """
        total, reasons = 0.0, []
        for entry in self.entries:
            judged = entry.judge(output, example, ask)
            total += entry.weight * judged.quality
            if judged.reason:
                reasons.append(judged.reason)
            elif judged.quality < 1:
                reasons.append(f"scorer {entry.name} gave {judged.quality:.3g}")
        quality = total / sum(entry.weight for entry in self.entries)
        return Judged(round(quality, 12), "; ".join(reasons))

    def check_overrides(self, example: Example) -> None:
        """Checks an example's own options.

        Raises:
            ValueError: if a scorer cannot take them.
        """
        for entry in self.entries:
            if override := example.scorers.get(entry.name):
                make_scorer(entry.name, entry.factory, {**entry.options, **override})


def make_scorer(name: str, factory: Factory, options: Mapping[str, Any]) -> Scorer:
    """Returns a scorer with its options.

    Raises:
        ValueError: if it cannot take them.
    """
    with _refusing():
        check_options(name, factory, options)
    with _refusing(f"options of {name}: "):
        scorer = factory(**options)
    with _refusing():
        check_scorer(name, factory, scorer)
    return scorer


@contextmanager
def _refusing(about: str = "") -> Iterator[None]:
    """Makes a ValueError of what comes up; with its type where it is none that says what is wrong.

    Names and values of the user's may raise, too, when they are shown.
    """
    try:
        with users_code():
            yield
    except Raised as exc:
        why = text_of(exc.error) if isinstance(exc.error, Exception) else exc
        raise ValueError(f"{about}{why}") from None
