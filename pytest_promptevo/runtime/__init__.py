"""What an application imports: the locked genome, ready to use. Needs no pytest.

Example::

    from pytest_promptevo.runtime import load

    order_number = load("promptevo.lock", "order-number")
    print(order_number.answer(message="Where is my order 48213?").data)
"""

from pytest_promptevo.prompt import Completion, Exchange, Message, Request
from pytest_promptevo.runtime.load import load
from pytest_promptevo.runtime.locked_prompt import InvalidAnswer, LockedPrompt

__all__ = [
    "Completion",
    "Exchange",
    "InvalidAnswer",
    "LockedPrompt",
    "Message",
    "Request",
    "load",
]
