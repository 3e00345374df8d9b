"""Accepting a part of a suite: the rest must be as the lock knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import RecordingMissing, SettingsError
from pytest_promptevo.evaluation.measure import measured

if TYPE_CHECKING:
    from pytest_promptevo.evaluation.evaluation import Evaluation
    from pytest_promptevo.project.suite_run import SuiteRun


def part_accepted(run: SuiteRun) -> list[Evaluation]:
    """Evaluates the selected examples; the rest is replayed, and must be as the lock knows it.

    Returns:
        The evaluations of all golden examples, in their order.

    Raises:
        SettingsError: if accepting the selected ones would accept others, too.
        PromptEvoError: if a selected example cannot be evaluated.
    """
    rest = _rest(run)
    selected = [example for example in run.suite.examples if example.id in run.selected]
    new = measured(run.evaluator, run.genome, selected)
    _refuse_second_answers(run, rest, new)
    known = {evaluation.example: evaluation for evaluation in (*rest, *new)}
    return [known[example.id] for example in run.suite.examples]


def _refuse_second_answers(run: SuiteRun, rest: list[Evaluation], new: list[Evaluation]) -> None:
    """A file of recordings has one answer to a request, also where two examples ask it."""
    kept = {
        (asked.recording.key, asked.recording.max_tokens): (asked.recording, evaluation.example)
        for evaluation in rest
        for asked in evaluation.calls
    }
    for evaluation in new:
        for asked in evaluation.calls:
            recording = asked.recording
            old, example = kept.get((recording.key, recording.max_tokens), (recording, ""))
            if old != recording:
                raise SettingsError(
                    f"{run.suite.name}: {evaluation.example} asks what {example} asks, and got "
                    "another answer: select both, or leave -k out"
                )


def _rest(run: SuiteRun) -> list[Evaluation]:
    name, suite = run.suite.name, run.suite
    part = f"{name}: {len(run.selected)} of {len(suite.examples)} examples are selected"
    if run.entry is None:
        raise SettingsError(f"{part}, but all must be accepted first: leave -k out")
    for phrase in run.stale:
        if not phrase.startswith("the golden examples"):
            raise SettingsError(
                f"{part}, but {phrase} changed, which concerns all of them: leave -k out"
            )
    if gone := [phrase for phrase in run.against.golden_changes if phrase.endswith(" gone")]:
        raise SettingsError(f"{part}, but {gone[0].removesuffix(' gone')} is gone: leave -k out")
    answers, mode = run.evaluator.answers, run.evaluator.answers.mode
    answers.mode = "none"  # for what is not selected nobody is asked
    rest = []
    try:
        for example in suite.examples:
            if example.id in run.selected:
                continue
            rest.append(run.evaluator.repeated(run.genome, example))
            if not run.against.is_as_locked(rest[-1]):
                raise SettingsError(
                    f"{part}, but {example.id} is not as the lock knows it: select it, too"
                )
    except RecordingMissing as exc:
        raise SettingsError(f"{part}, and of another: {exc}") from None
    finally:
        answers.mode = mode
    return rest
