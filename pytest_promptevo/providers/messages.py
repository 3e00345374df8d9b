"""The chat of a request as JSON that every server takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_promptevo.prompt import Request


def plain_messages(request: Request) -> list[dict[str, str]]:
    """Returns role and content of each turn.

    Half a surrogate pair, which JSON can smuggle into a string but UTF-8 cannot carry,
    becomes a question mark.
    """
    return [
        {"role": turn.role, "content": turn.content.encode("utf-8", "replace").decode("utf-8")}
        for turn in request.messages
    ]
