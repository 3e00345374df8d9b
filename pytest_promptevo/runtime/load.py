"""From the lock to answers: the same rendering, parsing and repairs as in the tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from pytest_promptevo.errors import LockError, PromptEvoError, did_you_mean
from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import read_lock
from pytest_promptevo.prompt import (
    Completion,
    Output,
    OutputSpec,
    Request,
    Template,
    converse,
    render,
    sampling,
)
from pytest_promptevo.providers import Provider, ProviderOptions, connect
from pytest_promptevo.suite.golden import Example

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_promptevo.lock import Entry


class InvalidAnswer(PromptEvoError):
    """The model gave no valid output, even after the repairs that the lock allows.

    Attributes:
        output: The last output.
    """

    def __init__(self, output: Output) -> None:
        self.output = output
        super().__init__(f"no valid answer: {output.problem}")


@dataclass
class LockedPrompt:
    """A suite's locked genome.

    Attributes:
        suite: Name of the suite.
        genome: The genome.
        template: The prompt's texts.
        shots: The genome's few-shot examples.
        output: What a valid output is.
        model: Model reference of the genome's role.
        options: Settings for the model's engine.
    """

    suite: str
    genome: Genome
    template: Template
    shots: tuple[Example, ...]
    output: OutputSpec
    model: str
    options: ProviderOptions = field(default_factory=ProviderOptions)
    _provider: Provider | None = None

    def request(self, **inputs: Any) -> Request:
        """Renders the request for some inputs, to be sent with a client of your own.

        Raises:
            TypeError: if an input of the prompt is missing.
        """
        try:
            messages = render(self.template, self.genome, inputs, self.shots)
        except KeyError as missing:
            raise TypeError(f"{self.suite} needs the input {missing}") from None
        schema = self.output.schema if self.output.constrain else None
        return Request(self.model, messages, sampling(self.genome), schema)

    def parse(self, text: str) -> Output:
        """Parses an answer as the tests do."""
        from pytest_promptevo.prompt import parse

        return parse(self.output, text, cot=bool(self.genome.get("cot")))

    def answer(
        self, ask: Callable[[Request], Completion] | None = None, /, **inputs: Any
    ) -> Output:
        """Asks the locked model, with repairs, and returns the valid output.

        Args:
            ask: Answers a request; the locked model's own engine if not given.
            inputs: Values of the prompt's ``{{name}}`` placeholders.

        Raises:
            TypeError: if an input of the prompt is missing.
            InvalidAnswer: if no valid output came.
            ProviderError: if the model cannot answer.
        """
        generate = ask or self.provider().generate
        output, _ = converse(
            self.output,
            self.request(**inputs),
            lambda request: generate(request).text,
            cot=bool(self.genome.get("cot")),
        )
        if not output.valid:
            raise InvalidAnswer(output)
        return output

    def provider(self) -> Provider:
        """Returns the engine of the locked model, started by its first request."""
        if self._provider is None:
            self._provider = connect(self.model, self.options)
        return self._provider

    def close(self) -> None:
        """Frees the engine."""
        if self._provider is not None:
            self._provider.close()
            self._provider = None


def load(
    lock: str | Path,
    suite: str,
    *,
    models: dict[str, str] | None = None,
    options: ProviderOptions | None = None,
) -> LockedPrompt:
    """Loads a suite's genome from the lock; nothing else is read or asked.

    Args:
        lock: The ``promptevo.lock``.
        suite: Name of the suite.
        models: Role to model reference where production differs from the lock.
        options: Settings for the model's engine; relative paths in references start
            from the lock's folder if not given.

    Raises:
        LockError: if the lock cannot be used or has no such suite, or the suite tests a
            ``target`` of its own and so has no prompt to load.
    """
    path = Path(lock)
    if not path.exists():
        raise LockError("no such lock", path=path, hint="write it with pytest --evolve")
    entries = read_lock(path).entries
    if suite not in entries:
        raise LockError(
            f"no entry for suite {suite!r}", path=path, hint=did_you_mean(suite, entries)
        )
    entry = entries[suite]
    if entry.prompt is None:
        raise LockError(f"suite {suite!r} has a target, not a prompt", path=path)
    references = {role: model.reference for role, model in entry.models.items()} | (models or {})
    return LockedPrompt(
        suite=suite,
        genome=Genome(entry.genome),
        template=Template(entry.prompt.user, entry.prompt.system),
        shots=tuple(Example(shot.id, shot.inputs, shot.expected) for shot in entry.shots),
        output=_output(entry),
        model=references[entry.genome["model"]],
        options=options or replace(ProviderOptions(), root=path.parent),
    )


def _output(entry: Entry) -> OutputSpec:
    locked = entry.output
    return OutputSpec(
        format=cast(Literal["text", "label", "json"], locked.format),
        labels=tuple(locked.labels),
        schema=locked.json_schema,
        max_repairs=locked.max_repairs,
        constrain=locked.constrain,
    )
