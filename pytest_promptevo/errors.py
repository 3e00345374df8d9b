"""What pytest-promptevo raises on purpose (`project.CannotJudge` and `runtime.InvalidAnswer`, too).

::

    PromptEvoError
    ├── InputError               a file of the user's is wrong: path, line, hint
    │   ├── SuiteError           *.promptevo.yaml
    │   │   └── ScorerFailed     a scorer raised, or returned no verdict
    │   ├── GoldenError          golden examples and few-shot pools
    │   ├── LockError            promptevo.lock
    │   └── RecordingError       committed recordings and the local store
    ├── SettingsError            an option, ini value or call argument is wrong (a ValueError, too)
    ├── StateError               the store of live outcomes cannot be used (now)
    │   └── StateBusy            it takes longer than one wants to wait
    ├── RecordingMissing         replay only, and the answer was never recorded
    └── ProviderError            a model could not answer
        ├── ModelUnavailable     no answer can be had from this model in this run
        ├── ContextOverflow      the prompt does not fit the model's context
        └── TransientError       the same call may succeed later
"""

from __future__ import annotations

import os
import re
import unicodedata
from contextlib import contextmanager
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


_JOINERS = "\u200c\u200d"
"""Invisible, and letters of several scripts (and emoji) cannot be written without them."""

COMMAND = re.compile(r"^([^\S\n]*):(?=:)|##(?=\[)", re.MULTILINE)
"""What GitHub Actions would run: ``::error`` where a line starts, behind blanks of any kind,
``##[error]`` anywhere."""

_MOST_COMPARED, _LONGEST_COMPARED = 1000, 200
"""Names, and letters of a name, among which the nearest is looked for: both may be foreign."""

_LONGEST_TOLD = 20_000
"""Letters of an error, and of its hint, that are shown."""

_MOST_TOLD = 50
"""Names that are listed where none is near."""


class PromptEvoError(Exception):
    """Base of all errors of this package; its text is meant for the user.

    Attributes:
        about: What was evaluated when it came up, where that is known: suite and example.
    """

    about = ""

    def __str__(self) -> str:
        return printable(_bounded(super().__str__()))


class InputError(PromptEvoError):
    """A file of the user's cannot be used.

    Args:
        message: What is wrong, in a sentence without a final full stop.
        path: The file.
        line: 1-based line, where one is known.
        hint: What to do about it.
    """

    def __init__(
        self, message: str, *, path: Path | None = None, line: int | None = None, hint: str = ""
    ) -> None:
        self.message = message
        self.path = path
        self.line = line
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        where = shown_path(self.path) if self.path is not None else ""
        if where and self.line is not None:
            where = f"{where}:{self.line}"
        text = f"{where}: {self.message}" if where else self.message
        text = _bounded(text)
        return printable(f"{text}\n  hint: {_bounded(self.hint)}" if self.hint else text)


class SuiteError(InputError):
    """A suite file cannot be used."""


class ScorerFailed(SuiteError):
    """A scorer of the user's raised, or returned something other than a verdict.

    Attributes:
        is_again: Whether another error has told it: no answer was asked for after that one.
    """

    is_again = False

    def again(self) -> ScorerFailed:
        """Returns the error of an example that no model is asked about any more."""
        error = ScorerFailed(f"not asked: {self.message}", path=self.path)
        error.is_again = True
        return error


class GoldenError(InputError):
    """A file of golden examples or few-shot examples cannot be used."""


class LockError(InputError):
    """The lock cannot be used."""


class RecordingError(InputError):
    """A file of recordings cannot be used."""


class SettingsError(PromptEvoError, ValueError):
    """An option, ini value or argument is wrong."""


class StateError(PromptEvoError):
    """The store of live outcomes cannot be used, or not now."""


class StateBusy(StateError):
    """The store takes longer than one wants to wait; nothing is known to be wrong with it."""


class RecordingMissing(PromptEvoError):
    """An answer is needed, only replay is allowed, and there is no recording."""


class ProviderError(PromptEvoError):
    """A model could not answer."""


class ModelUnavailable(ProviderError):
    """No answer can be had from this model in this run.

    Attributes:
        is_again: Whether another error has told why.
        cause: What that one has told, in a line, where it is known.
    """

    is_again = False
    cause = ""

    @classmethod
    def again(cls, reference: str, first: ModelUnavailable | None = None) -> ModelUnavailable:
        """Returns the short error for whoever comes after the one that tells it all."""
        error = cls(f"{reference} is unavailable, see the first failure")
        error.is_again = True
        if first is not None:
            error.cause = first.cause or next(iter(str(first).splitlines()), "")
        return error


class ContextOverflow(ProviderError):
    """The prompt does not fit the model's context window."""


class TransientError(ProviderError):
    """The call failed in a way that a later attempt may not."""


class PromptEvoWarning(UserWarning):
    """A suite works, but something about it may mislead."""


@contextmanager
def while_doing(what: str) -> Iterator[None]:
    """Lets errors that come up say what they are about; the innermost says it."""
    try:
        yield
    except PromptEvoError as exc:
        exc.about = exc.about or what
        raise


def _bounded(text: str) -> str:
    """Returns a text of bounded length: names and values in it may be foreign."""
    return text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD]} […]"


def _one_line(path: str) -> str:
    """Returns a path whose line breaks cannot be taken for the message's own."""
    return path.replace("\n", "\\n").replace("\r", "\\r")


def printable(text: str) -> str:
    """Returns a text that a terminal shows and does nothing else with.

    Control characters, those that turn the direction of writing, and halves of surrogate pairs
    are written as Python escapes; line breaks and tabs stay. Where a line starts as a command of
    GitHub Actions, that is escaped, too. Escaping twice changes nothing.
    """
    return COMMAND.sub(_harmless, visible(text))


def visible(text: str) -> str:
    """Returns a text of which nothing is hidden and nothing moves: `printable` but for commands."""
    return text if text.isprintable() else "".join(map(_visible, text))


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Returns ``did you mean 'x'?`` for the nearest known name, else the list of names."""
    names = sorted(islice(known, _MOST_COMPARED))
    short = [each for each in names if len(each) <= _LONGEST_COMPARED]
    near = get_close_matches(name[:_LONGEST_COMPARED], short, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    told = ", ".join(each[:_LONGEST_COMPARED] for each in names[:_MOST_TOLD])
    return f"known: {told}{' ...' if len(names) > _MOST_TOLD else ''}" if names else ""


def _visible(letter: str) -> str:
    if letter in "\n\t" or letter.isprintable() or letter in _JOINERS:
        return letter
    if unicodedata.category(letter) in ("Zs", "Co", "Cn"):  # a blank, or known to newer fonts
        return letter
    return letter.encode("unicode_escape").decode("ascii")


def _harmless(command: re.Match[str]) -> str:
    return "#\\x23" if command[0] == "##" else f"{command[1]}\\x3a"


def shown_path(path: Path) -> str:
    """Returns a path as people write it: from the working directory, where it is below it."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        relative = ".."
    return _one_line(str(path) if relative.startswith("..") else relative)
