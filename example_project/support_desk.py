"""A small support desk: reads messages with the genomes that promptevo.lock holds.

python support_desk.py "Where is my order 48213? It should have been here on Monday!"
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pytest_promptevo.runtime import InvalidAnswer, LockedPrompt, load

LOCK = Path(__file__).with_name("promptevo.lock")


@dataclass(frozen=True)
class Ticket:
    """What the desk knows of a message."""

    message: str
    order_number: str
    triage: dict[str, Any]


@cache
def prompt(suite: str) -> LockedPrompt:
    """Returns the locked prompt of a suite; its model starts with the first question."""
    return load(LOCK, suite)


def order_number(message: str) -> str:
    """Pulls the order number out of a message."""
    return prompt("order-number").answer(message=message).text


def triage(message: str) -> dict[str, Any]:
    """Sorts a message; an answer that cannot be read goes to a person."""
    try:
        return dict(prompt("triage").answer(message=message).data)
    except InvalidAnswer:
        return {"needs_person": True}


def read(message: str) -> Ticket:
    """Reads a message."""
    return Ticket(message, order_number(message), triage(message))


if __name__ == "__main__":
    print(read(" ".join(sys.argv[1:]) or sys.stdin.read()))
