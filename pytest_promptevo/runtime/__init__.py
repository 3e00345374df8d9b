"""What an application imports: the locked genome, ready to use. Needs no pytest.

Example::

    from pytest_promptevo.runtime import load

    order_number = load("promptevo.lock", "order-number")
    print(order_number.answer(message="Where is my order 48213?").data)

With candidates that get a share of the traffic, by what is reported of them::

    from pytest_promptevo.runtime import live

    order_number = live("promptevo.lock", "order-number")
    turn = order_number.choose()
    answer = turn.answer(message="Where is my order 48213?")
    turn.report(quality=1.0)
"""

from pytest_promptevo.prompt import Completion, Exchange, Message, Request
from pytest_promptevo.runtime.bandit import ThompsonBandit
from pytest_promptevo.runtime.live import Live, live
from pytest_promptevo.runtime.load import load
from pytest_promptevo.runtime.locked_prompt import InvalidAnswer, LockedPrompt
from pytest_promptevo.runtime.turn import Turn

__all__ = [
    "Completion",
    "Exchange",
    "InvalidAnswer",
    "Live",
    "LockedPrompt",
    "Message",
    "Request",
    "ThompsonBandit",
    "Turn",
    "live",
    "load",
]
