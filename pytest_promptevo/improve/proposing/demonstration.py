"""The one demonstration that a proposer sees: a toy task of its own, solved once by operator.

Small models copy the form of what they are shown, and so all questions have the shape of it. The
task has nothing to do with anybody's: it sorts sounds.
"""

from __future__ import annotations

from pytest_promptevo.improve.proposing.question import Question, Shown
from pytest_promptevo.improve.proposing.slots import Slots

_VAGUE = "Listen to the sound."
_POLITE = "Please be so kind and tell me whether the sound is loud or quiet, thank you very much."
_ANSWERS = "loud, quiet"
_WHISPER = Shown("a whisper", "quiet", "quiet")
_DRUM = Shown("a drum next door", "loud", "It is a drum.")

QUESTIONS = {
    "reflect": Question("reflect", _VAGUE, _ANSWERS, failed=(_DRUM,), kept=(_WHISPER,)),
    "contrast": Question(
        "contrast",
        "Is the sound loud?",
        _ANSWERS,
        failed=(Shown("a whisper", "quiet", "no"),),
        kept=(_DRUM,),
        other="Name the sound: loud or quiet.",
    ),
    "shorten": Question("shorten", _POLITE, _ANSWERS),
    "rules": Question("rules", _VAGUE, _ANSWERS, failed=(_DRUM, Shown("falling snow", "quiet"))),
    "rewrite": Question("rewrite", _VAGUE, _ANSWERS),
}
"""A question about the toy task, by operator."""

ANSWERS = {
    "reflect": Slots(
        "The text does not ask for one of the answers, so the sound is described.",
        "Listen to the sound. Say whether it is loud or quiet. Reply with that word alone.",
    ),
    "contrast": Slots(
        "The first text asks for yes or no, the second one does not say how to reply.",
        "Is the sound loud or quiet? Reply with that word alone.",
    ),
    "shorten": Slots(
        "The text is polite, which changes no answer.",
        "Is the sound loud or quiet?",
    ),
    "rules": Slots(
        "The text does not say when a sound counts as loud.",
        "Say loud for what is beaten, shouted or broken, and quiet for what falls softly.",
    ),
    "rewrite": Slots(
        "The text does not say what to listen for.",
        "Decide how strong the sound is, and reply with one word: loud or quiet.",
    ),
}
"""The answers to them."""
