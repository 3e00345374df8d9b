"""Accepting a part of a suite: the rest must be as the lock knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_promptevo.errors import RecordingMissing, SettingsError

if TYPE_CHECKING:
    from pytest_promptevo.project.suite_run import SuiteRun


def check_part(run: SuiteRun) -> None:
    """Checks that the examples that are not selected are as the lock knows them.

    Raises:
        SettingsError: if accepting the selected ones would accept others, too.
    """
    name, suite = run.suite.name, run.suite
    part = f"{name}: {len(run.selected)} of {len(suite.examples)} examples are selected"
    if run.entry is None:
        raise SettingsError(f"{part}, but all must be accepted first")
    for phrase in run.stale:
        if not phrase.startswith("the golden examples"):
            raise SettingsError(f"{part}, but {phrase} changed, which concerns all of them")
    answers, mode = run.evaluator.answers, run.evaluator.answers.mode
    answers.mode = "none"  # for what is not selected nobody is asked
    try:
        for example in suite.examples:
            if example.id not in run.selected and not run.against.is_as_locked(
                run.evaluation(example)
            ):
                raise SettingsError(
                    f"{part}, but {example.id} is not as the lock knows it: select it, too"
                )
    except RecordingMissing as exc:
        raise SettingsError(f"{part}, and of another: {exc}") from None
    finally:
        answers.mode = mode
