"""A suite's locked genome, asked as the tests ask it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.prompt import Exchange, converse
from pytest_promptevo.providers import Provider, ProviderOptions, connect

if TYPE_CHECKING:
    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Ask, Output, Prompt, Request


class InvalidAnswer(PromptEvoError):
    """The model gave no valid output, even after the repairs that the lock allows.

    Args:
        exchange: What was asked and answered.

    Attributes:
        exchange: What was asked and answered.
        output: The last output.
    """

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.output = exchange.output
        super().__init__(f"no valid answer: {exchange.output.problem}")

    def __reduce__(self) -> tuple[type[InvalidAnswer], tuple[Exchange]]:
        return InvalidAnswer, (self.exchange,)


@dataclass
class LockedPrompt:
    """A suite's locked genome.

    Attributes:
        suite: Name of the suite.
        genome: The genome.
        prompt: Texts, few-shot examples, models and output of the lock.
        options: Settings for the model's engine.
    """

    suite: str
    genome: Genome
    prompt: Prompt
    options: ProviderOptions = field(default_factory=ProviderOptions)
    _provider: Provider | None = None

    @property
    def model(self) -> str:
        """The reference of the genome's model."""
        return self.prompt.reference(self.genome)

    def request(self, **inputs: Any) -> Request:
        """Renders the request for some inputs, to be sent with a client of your own.

        Raises:
            TypeError: if an input of the prompt is missing.
        """
        try:
            return self.prompt.request(self.genome, inputs)
        except KeyError as exc:
            raise TypeError(f"{self.suite} needs the input {exc}") from None

    def parse(self, text: str) -> Output:
        """Parses an answer as the tests do."""
        return self.prompt.parse(self.genome, text)

    def answer(self, ask: Ask | None = None, /, **inputs: Any) -> Exchange:
        """Asks the locked model, with repairs, until the output is valid.

        Args:
            ask: Answers a request; the locked model's own engine if not given.
            inputs: Values of the prompt's ``{{name}}`` placeholders.

        Returns:
            The output (``data``, ``text``) with what it took: requests, tokens, latency and
            repairs.

        Raises:
            TypeError: if an input of the prompt is missing.
            InvalidAnswer: if no valid output came.
            ProviderError: if the model cannot answer.
        """
        request = self.request(**inputs)
        done = converse(self.prompt, self.genome, request, ask or self.provider().generate)
        if not done.output.valid:
            raise InvalidAnswer(done)
        return done

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
