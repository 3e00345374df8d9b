"""A model that is better the better it is asked, and never sure."""

import hashlib
import re

from pytest_promptevo.prompt import Completion


def answer(request):
    text = request.messages[-1].content
    number = re.search(r"\d{4}", text)[0]
    shots = sum(turn.role == "assistant" for turn in request.messages)
    skill = 0.3 + 0.35 * ("nothing else" in text) + 0.1 * shots
    skill -= 0.3 * (request.params.get("temperature") or 0)
    seed = f"{request.messages_key} {request.canonical_params}"
    luck = int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16) / 2**32
    said = number if luck < skill else f"The order number is {number}."
    tokens = sum(len(turn.content.split()) for turn in request.messages)
    return Completion(said, tokens, len(said.split()), 1.5 * tokens + 7 * len(said.split()))


def as_json(request):
    text = request.messages[0].content
    number = re.search(r"\d{4}", text)[0]
    is_asked_again = len(request.messages) > 1
    if "JSON" not in text and not is_asked_again:
        return f"it is {number}"
    fence = "```" if "step by step" in text else ""
    return f'{fence}{{"number": {number}}}{fence}'
