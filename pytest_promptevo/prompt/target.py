"""A function of the user's own does the asking: one way for tests and production."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast, get_args

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.numbers import is_number
from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import SettingsError, did_you_mean
from pytest_promptevo.prompt.exchange import Exchange, Turn
from pytest_promptevo.prompt.gene_values import REAL, wanted
from pytest_promptevo.prompt.output import parse
from pytest_promptevo.prompt.request import Message, Role
from pytest_promptevo.prompt.template import SAMPLING

if TYPE_CHECKING:
    from pytest_promptevo.prompt.example import Example
    from pytest_promptevo.prompt.exchange import Ask, AsyncAsk
    from pytest_promptevo.prompt.prompt import Prompt
    from pytest_promptevo.prompt.request import Completion, Request

Function = Callable[..., Any]
"""A target: ``function(inputs, genome, ask)``, or the same as ``async def``."""

_ROLES = get_args(Role)


@dataclass
class Call:
    """One call of a target: what it may ask, and what it has asked so far.

    Attributes:
        prompt: Models, few-shot examples and output; it has no texts.
        genome: The genome that is asked under.
        inputs: What the function is called with.
        without: Ids of few-shot examples that are left out: nothing is its own example.
        draw: Number of the draw, at a temperature above 0.
    """

    prompt: Prompt
    genome: Mapping[str, Any]
    inputs: Mapping[str, Any]
    without: Collection[str] = ()
    draw: int = 0
    _turns: list[tuple[Request, Completion | None]] = field(default_factory=list)

    @property
    def shots(self) -> tuple[Example, ...]:
        """The genome's few-shot examples, but for one with the same inputs."""
        shots = self.prompt.shots(self.genome, without=self.without)
        return tuple(shot for shot in shots if shot.inputs != self.inputs)

    def begin(self, messages: Any, changes: Mapping[str, Any]) -> tuple[int, Request]:
        """Returns the request about messages, and its number in the order of asking.

        Raises:
            SettingsError: if the messages or a change make no request.
        """
        request = self.prompt.request_of(self.genome, _chat(messages), draw=self.draw)
        for name, value in changes.items():
            if name not in SAMPLING:
                raise SettingsError(
                    f"ask() takes messages and changes of {', '.join(SAMPLING)}, "
                    f"not {name!r}: {did_you_mean(name, SAMPLING)}"
                )
            if value is not None and (must_be := wanted(name, value)):
                raise SettingsError(f"ask(): {name} must be {must_be}, not {shown(value, 60)}")
        plain = {name: _plain(name, value) for name, value in changes.items()}
        request = replace(request, params={**request.params, **plain})
        self._turns.append((request, None))
        return len(self._turns) - 1, request

    def end(self, number: int, completion: Completion) -> str:
        """Notes the answer to a request and returns its text."""
        self._turns[number] = (self._turns[number][0], completion)
        return completion.text

    def exchange(self, returned: Any) -> Exchange:
        """Returns what came of the call: text as it is, other data as JSON.

        Raises:
            SettingsError: if the function returned what is neither.
        """
        if returned is None and self.prompt.output.format != "json":
            raise SettingsError("it returned None (was `return` forgotten?)")
        if inspect.iscoroutine(returned):
            returned.close()  # or Python warns that nobody has awaited it
            raise SettingsError(
                "it returned a coroutine: an async def awaits what it asks, `await ask(...)`, "
                "and what calls it, too"
            )
        try:
            text = returned if isinstance(returned, str) else canonical_json(returned)
        except (TypeError, ValueError) as exc:
            raise SettingsError(
                f"it returned {shown(returned)}, which is neither a text nor JSON data: {exc}"
            ) from None
        output = parse(self.prompt.output, text)
        turns = (Turn(request, answer) for request, answer in self._turns if answer is not None)
        return Exchange(output, output.mended, tuple(turns))


class Asker:
    """What a target gets as ``ask``: call it with a chat to get the model's answer.

    Attributes:
        shots: The few-shot examples that the genome chose, each with ``inputs`` and
            ``expected``; never the example that is asked about.
        model: The reference of the genome's model.
    """

    def __init__(self, call: Call, ask: Ask) -> None:
        self.shots = call.shots
        self.model = call.prompt.reference(call.genome)
        self._call = call
        self._ask = ask

    def __call__(self, messages: Sequence[Mapping[str, str]], **changes: Any) -> str:
        """Asks the genome's model.

        Args:
            messages: The chat: mappings with ``role`` (``system``, ``user``, ``assistant``)
                and ``content``.
            changes: Sampling parameters that differ from the genome's, such as
                ``temperature=0``.

        Returns:
            The text of the answer, as the model gave it.

        Raises:
            SettingsError: if the messages or a change make no request.
            ProviderError: if the model cannot answer.
        """
        number, request = self._call.begin(messages, changes)
        return self._call.end(number, self._ask(request))


class AsyncAsker:
    """What a target that is an ``async def`` gets as ``ask``; its answer is awaited.

    Attributes:
        shots: As in `Asker`.
        model: As in `Asker`.
    """

    def __init__(self, call: Call, ask: AsyncAsk) -> None:
        self.shots = call.shots
        self.model = call.prompt.reference(call.genome)
        self._call = call
        self._ask = ask

    async def __call__(self, messages: Sequence[Mapping[str, str]], **changes: Any) -> str:
        """Asks as `Asker` does."""
        number, request = self._call.begin(messages, changes)
        return self._call.end(number, await self._ask(request))


def is_async(function: Callable[..., Any]) -> bool:
    """Whether a function is an ``async def``, or an object that is called as one."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004
    )


def run_target(function: Function, call: Call, ask: Ask) -> Exchange:
    """Calls a target; an ``async def`` runs on an event loop of its own.

    Args:
        function: The target.
        call: What it is called with.
        ask: Answers a request. An async target waits for it, so that requests are made in
            the same order each time.

    Raises:
        Exception: whatever the function raises.
        SettingsError: if it asks or returns what cannot be used.
    """
    if not is_async(function):
        return call.exchange(function(dict(call.inputs), call.genome, Asker(call, ask)))

    async def ask_at_once(request: Request) -> Completion:
        return ask(request)

    from anyio.from_thread import start_blocking_portal

    async def caught() -> Exchange | BaseException:
        try:
            return await arun_target(function, call, ask_at_once)
        except BaseException as exc:  # SystemExit, raised on the loop, would end that
            return exc

    with start_blocking_portal() as portal:  # works inside a running loop, too
        result = portal.call(caught)
    if isinstance(result, BaseException):
        raise result
    return result


async def arun_target(function: Function, call: Call, ask: AsyncAsk) -> Exchange:
    """Awaits a target that is an ``async def``; raises as `run_target` does."""
    asker = AsyncAsker(call, ask)
    return call.exchange(await function(dict(call.inputs), call.genome, asker))


def _plain(name: str, value: Any) -> Any:
    """Returns a parameter as JSON has it: numpy's numbers are none, and 8.0 tokens are 8."""
    if not is_number(value):
        return value
    if name in REAL:
        return value if isinstance(value, (int, float)) else float(value)
    return int(value)


def _chat(messages: Any) -> tuple[Message, ...]:
    if isinstance(messages, str) or not isinstance(messages, Sequence) or not messages:
        raise SettingsError(_no_chat(messages))
    chat = []
    for turn in messages:
        if not isinstance(turn, Mapping):
            raise SettingsError(_no_chat(turn))
        role, content = turn.get("role"), turn.get("content")
        if role not in _ROLES or not isinstance(content, str) or len(turn) != 2:
            raise SettingsError(_no_chat(dict(turn)))
        chat.append(Message(cast("Role", role), content))
    return tuple(chat)


def _no_chat(given: Any) -> str:
    return (
        f"ask() takes a list of messages such as {{'role': 'user', 'content': 'text'}} "
        f"(roles: {', '.join(_ROLES)}), not {shown(given)}"
    )
