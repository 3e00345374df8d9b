"""A suite's ``target``: the user's own function does the asking."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.calling import Raised, users_code
from pytest_promptevo.base.importing import imported
from pytest_promptevo.errors import PromptEvoError, SettingsError, SuiteError
from pytest_promptevo.prompt.target import Call, run_target

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Ask, Example, Exchange
    from pytest_promptevo.suite import Suite


@dataclass(frozen=True)
class Target:
    """The function that a suite names.

    Attributes:
        suite: The suite.
        root: Folder that the function is imported from.
    """

    suite: Suite
    root: Path

    @cached_property
    def function(self) -> Callable[..., Any]:
        """The function itself.

        Raises:
            SuiteError: if it cannot be imported.
        """
        try:
            return imported(self.suite.target, self.root)
        except SettingsError as exc:
            raise self.suite.about_target(f"target: {exc}") from None

    def run(self, genome: Genome, example: Example, ask: Ask, draw: int = 0) -> Exchange:
        """Calls the function, which asks the model through us.

        Raises:
            SuiteError: if the function raises, or asks or returns what cannot be used; its
                own error is the cause.
        """
        unshown = self.suite.unshown(genome, example)
        call = Call(self.suite.prompt, genome, example.inputs, unshown, draw)
        failed = f"target {self.suite.target} failed on example {example.id!r}: "
        try:
            with users_code():
                return run_target(self.function, call, ask)
        except Raised as exc:
            if isinstance(exc.error, PromptEvoError) and not isinstance(exc.error, SettingsError):
                raise exc.error from exc.error.__cause__
            why = str(exc.error if isinstance(exc.error, SettingsError) else exc)
            raise SuiteError(f"{failed}{why}", path=self.suite.path) from exc.error
