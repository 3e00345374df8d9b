"""What functions of the user's may raise while we call them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator


_LONGEST = 10_000
"""Letters of an error's text that are looked at."""


class Raised(Exception):
    """A function of the user's raised.

    Attributes:
        error: What it raised.
    """

    def __init__(self, error: BaseException) -> None:
        self.error = error
        super().__init__(told(error))


@contextmanager
def users_code() -> Iterator[None]:
    """Makes whatever a function of the user's raises a `Raised`; Ctrl-C alone passes.

    ``pytest.skip``, ``pytest.fail`` and ``sys.exit`` are no `Exception`: where they passed, a
    model could skip the tests that judge it, or end the run.

    Raises:
        Raised: with what was raised.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as exc:
        raise Raised(exc) from None


def told(error: BaseException) -> str:
    """Returns type and text of an error, on one line of bounded length."""
    return one_line(f"{type(error).__name__}: {text_of(error)}"[:_LONGEST])


def text_of(error: BaseException) -> str:
    """Returns the text of an error of the user's, of bounded length, if it can be had."""
    try:
        return str(error)[:_LONGEST]
    except KeyboardInterrupt:
        raise
    except BaseException as exc:  # its own ``__str__`` fails
        return f"(its text cannot be had: {type(exc).__name__})"
