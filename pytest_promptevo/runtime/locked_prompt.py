"""A suite's locked genome, asked as the tests ask it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.prompt import Exchange, aconverse, converse
from pytest_promptevo.prompt.target import Call, arun_target, is_async, run_target
from pytest_promptevo.providers import ProviderOptions
from pytest_promptevo.runtime.asking import awaited, blocking, from_thread
from pytest_promptevo.runtime.engines import Engines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_promptevo.genome import Genome
    from pytest_promptevo.prompt import Output, Prompt, Request
    from pytest_promptevo.prompt.target import Function
    from pytest_promptevo.providers import Provider
    from pytest_promptevo.runtime.asking import AskText, AsyncAskText
    from pytest_promptevo.runtime.inputs import Inputs


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
    """A suite's locked genome; as a context manager, it frees its engines in the end.

    Attributes:
        suite: Name of the suite.
        genome: The genome.
        prompt: Texts, few-shot examples, models and output of the lock.
        inputs: Names of the inputs that it takes.
        options: Settings for the models' engines.
        target: The application's own function that does the asking, where the suite tests one.
    """

    suite: str
    genome: Genome
    prompt: Prompt
    inputs: Inputs
    options: ProviderOptions = field(default_factory=ProviderOptions)
    target: Function | None = None

    def __post_init__(self) -> None:
        self._engines = Engines(self.options)

    def __enter__(self) -> LockedPrompt:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def model(self) -> str:
        """The reference of the genome's model."""
        return self.prompt.reference(self.genome)

    def request(self, /, **inputs: Any) -> Request:
        """Renders the request for some inputs, to be sent with a client of your own.

        Raises:
            TypeError: if inputs are missing or unknown, or the suite has a target, which
                makes its requests itself.
        """
        __tracebackhide__ = True
        if self.target is not None:
            raise TypeError(f"{self.suite} has a target, which makes its requests: use answer()")
        self.inputs.check(self.suite, inputs)
        return self.prompt.request(self.genome, inputs)

    def parse(self, text: str) -> Output:
        """Parses an answer as the tests do."""
        return self.prompt.parse(self.genome, text)

    def answer(self, ask: AskText | None = None, /, **inputs: Any) -> Exchange:
        """Asks the locked model, with repairs, until the output is valid.

        Where the suite has a target, the function is called; what it raises passes through.

        Args:
            ask: Answers a request with a `Completion` or with a text (whose tokens count as 0
                and whose latency is the time of the call); the locked model's own engine if
                not given.
            inputs: Values of the prompt's ``{{name}}`` placeholders, or what the target is
                called with.

        Returns:
            The output (``data``, ``text``) with what it took: requests, tokens, latency and
            repairs.

        Raises:
            TypeError: if inputs are missing or unknown, or ``ask`` is async.
            InvalidAnswer: if no valid output came.
            ProviderError: if the model cannot answer.
        """
        __tracebackhide__ = True
        complete = blocking(ask or self._engines.ask)
        if self.target is not None:
            return _valid(run_target(self.target, self._call(inputs), complete))
        return _valid(converse(self.prompt, self.genome, self.request(**inputs), complete))

    async def aanswer(
        self, ask: AskText | AsyncAskText | None = None, /, **inputs: Any
    ) -> Exchange:
        """Does what `answer` does without blocking the event loop (asyncio or trio).

        An async ``ask`` or target is awaited; any other, the engine included, runs in a thread.

        Args:
            ask: As for `answer`, and may be async.
            inputs: As for `answer`.

        Raises:
            TypeError: if inputs are missing or unknown.
            InvalidAnswer: if no valid output came.
            ProviderError: if the model cannot answer.
        """
        __tracebackhide__ = True
        ask = ask or self._engines.ask
        if self.target is None:
            request = self.request(**inputs)
            return _valid(await aconverse(self.prompt, self.genome, request, awaited(ask)))
        call = self._call(inputs)
        if is_async(self.target):
            return _valid(await arun_target(self.target, call, awaited(ask)))
        from anyio.to_thread import run_sync

        return _valid(await run_sync(run_target, self.target, call, from_thread(ask)))

    def provider(self) -> Provider:
        """Returns the engine of the locked model, started by its first request."""
        return self._engines.provider(self.model)

    def close(self) -> None:
        """Frees the engines; the next answer starts them anew. Closing twice is fine."""
        self._engines.close()

    def _call(self, inputs: Mapping[str, Any]) -> Call:
        __tracebackhide__ = True
        self.inputs.check(self.suite, inputs)
        return Call(self.prompt, self.genome, inputs)


def _valid(done: Exchange) -> Exchange:
    if not done.output.valid:
        raise InvalidAnswer(done)
    return done
