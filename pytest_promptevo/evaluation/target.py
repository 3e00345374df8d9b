"""A suite's ``target``: the user's own function does the asking."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.importing import imported
from pytest_promptevo.errors import PromptEvoError, SettingsError, SuiteError
from pytest_promptevo.prompt import Exchange, Message, Turn, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Ask, Example
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
            raise SuiteError(f"target: {exc}", path=self.suite.path) from None

    def run(self, genome: Genome, example: Example, ask: Ask, draw: int = 0) -> Exchange:
        """Calls the function, which asks the model through us.

        Raises:
            SuiteError: if the function raises; its own error is the cause.
        """
        turns: list[Turn] = []

        def ask_chat(messages: Sequence[Mapping[str, str]], **changes: Any) -> str:
            chat = tuple(Message(turn["role"], turn["content"]) for turn in messages)  # type: ignore[arg-type]
            request = self.suite.prompt.request_of(genome, chat, draw=draw)
            request = replace(request, params={**request.params, **changes})
            turns.append(Turn(request, ask(request)))
            return turns[-1].completion.text

        try:
            answer = self.function(dict(example.inputs), genome, ask_chat)
        except PromptEvoError:
            raise
        except Exception as exc:
            raise SuiteError(
                f"target {self.suite.target} failed on example {example.id!r}: "
                f"{type(exc).__name__}: {exc}",
                path=self.suite.path,
            ) from exc
        text = answer if isinstance(answer, str) else canonical_json(answer)
        output = parse(self.suite.prompt.output, text)
        return Exchange(output, output.mended, tuple(turns))
