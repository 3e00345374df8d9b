"""Parts an answer from the thoughts that precede it."""

from __future__ import annotations

_OPENED, _CLOSED = "<think>", "</think>"


def answer_only(text: str) -> str:
    """Returns the answer without its thoughts and the blank space around it.

    Some chat templates put the opening tag into the prompt, so a closing tag alone ends
    thoughts, too. Thoughts that never end leave no answer. A tag later in the text is part
    of the answer.
    """
    text = text.strip()
    before, closed, after = text.partition(_CLOSED)
    if text.startswith(_OPENED) or (closed and _OPENED not in before):
        return after.strip()
    return text
