"""Answers from a Python function: ``scripted:module:function``, for tests."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from pytest_promptevo.base.calling import Raised, users_code
from pytest_promptevo.base.canonical import digest
from pytest_promptevo.base.importing import imported
from pytest_promptevo.base.text import shown
from pytest_promptevo.errors import PromptEvoError, ProviderError
from pytest_promptevo.prompt import Completion, Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.providers.base import ProviderOptions


class Scripted:
    """A provider whose answers a function makes.

    Args:
        answer: Takes a request; returns the text or a whole `Completion`. For a text,
            a token is a word and a millisecond passes per token.
        reference: The reference it goes by.
        concurrency: Calls in flight at once.
        root: The project's folder, where the function is the project's own.

    Attributes:
        calls: The requests answered so far.
        is_spread: False.
    """

    is_spread = False

    def __init__(
        self,
        answer: Callable[[Request], str | Completion],
        reference: str = "scripted:function",
        concurrency: int = 4,
        root: Path | None = None,
    ) -> None:
        self.reference = reference
        self.concurrency = concurrency
        self.calls: list[Request] = []
        self._answer = answer
        self._root = root

    def digest(self) -> str:
        """Returns a digest of the function's module and of all that it imports of the project.

        Paths start from where the module is imported from: pytest's rootdir depends on where
        pytest is called. Where the function is not the project's own, its source counts.
        """
        if self._root is not None:
            from pytest_promptevo.base.source_files import code_digests, import_base, module_files

            module = self.reference.split(":")[1]
            files = module_files(module, self._root)
            if code := code_digests(files, self._root, import_base(module, files)):
                return digest([self.reference, code])
        try:
            return digest(inspect.getsource(self._answer))
        except (OSError, TypeError):
            return digest(self.reference)

    def generate(self, request: Request) -> Completion:
        """Asks the function; cuts a text off at ``max_tokens`` words.

        Raises:
            ProviderError: if the function raises, or returns neither text nor completion.
        """
        self.calls.append(request)
        try:
            with users_code():
                answer = self._answer(request)
        except Raised as exc:
            if isinstance(exc.error, PromptEvoError):
                raise exc.error from exc.error.__cause__
            raise ProviderError(f"{self.reference} failed: {exc}") from exc.error
        if isinstance(answer, Completion):
            return answer
        if not isinstance(answer, str):
            raise ProviderError(f"{self.reference} returned {shown(answer)}, not a text")
        prompt = sum(len(turn.content.split()) for turn in request.messages)
        words = answer.split()
        limit = request.max_tokens
        if limit is not None and len(words) > limit:
            return Completion(" ".join(words[:limit]), prompt, limit, prompt + limit, "length")
        return Completion(answer, prompt, len(words), float(prompt + len(words)))

    def close(self) -> None:
        """Holds nothing."""


def connect(reference: str, options: ProviderOptions) -> Scripted:
    """Imports the function of ``scripted:module:function``, with the root on the path.

    Raises:
        SettingsError: if there is no such function.
    """
    _, _, target = reference.partition(":")
    function = imported(target, options.root, shown=reference)
    return Scripted(function, reference, options.concurrency or 4, options.root)
