"""The function that the table `voice_target` is about."""

from __future__ import annotations

from typing import Any

TOPICS = ("timer", "way", "word")


def topic(inputs: dict[str, Any], genome: Any, ask: Any) -> str:
    """Returns the topic of a message; asks a second time where the first answer names none."""
    chat = []
    for shot in ask.shots:
        chat.append({"role": "user", "content": f"{genome['instruction']}\n{shot.inputs['text']}"})
        chat.append({"role": "assistant", "content": shot.expected})
    chat.append({"role": "user", "content": f"{genome['instruction']}\n{inputs['text']}"})
    for messages in (chat, [*chat[:-1], {"role": "user", "content": f"{inputs['text']}\nTopic:"}]):
        answer = ask(messages).lower()
        found = [name for name in TOPICS if name in answer]
        if len(found) == 1:
            return str(found[0])
    return ""
