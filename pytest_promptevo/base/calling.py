"""What functions of the user's may raise while we call them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pytest_promptevo.base.text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    """Returns type and text of an error, on one line."""
    try:
        text = str(error)
    except Exception as exc:  # its own ``__str__`` fails
        text = f"(its text cannot be had: {type(exc).__name__})"
    return one_line(f"{type(error).__name__}: {text}")
