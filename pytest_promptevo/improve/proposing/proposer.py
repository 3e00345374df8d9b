"""Asks the models that a suite names for texts, and pays for the answers like for all others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.unseen import without_unseen
from pytest_promptevo.errors import ContextOverflow, while_doing
from pytest_promptevo.evaluation.evaluation import Asked
from pytest_promptevo.evolve import Proposal
from pytest_promptevo.genome import Text
from pytest_promptevo.genome.sentences import jaccard
from pytest_promptevo.improve.proposing.demonstration import ANSWERS, QUESTIONS
from pytest_promptevo.improve.proposing.question import SYSTEM, Question, Shown
from pytest_promptevo.improve.proposing.slots import SCHEMA, read, written
from pytest_promptevo.prompt import Message, Request, as_text
from pytest_promptevo.prompt.template import PLACEHOLDER
from pytest_promptevo.providers import kind_of
from pytest_promptevo.suite.leaks import TextGuard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_promptevo.evaluation.call_counter import CallCounter
    from pytest_promptevo.evaluation.evaluator import Evaluator
    from pytest_promptevo.evolve import Propose
    from pytest_promptevo.evolve.protocol import Lesson
    from pytest_promptevo.prompt import Completion, Example
    from pytest_promptevo.recording import Recording

TEMPERATURE = 0.7
"""A proposer that says the same each time is of no use."""

_COPY = 0.6
"""Likeness to an answer of the demonstration above which a text is no answer of its own."""

_FORM_TOKENS = 120
"""Tokens of an answer beside the new text."""

_LETTERS_PER_TOKEN = 3.0
"""Fewer than most texts have, so that a question costs no more than was thought."""


@dataclass
class Proposer:
    """Answers the proposals that a search asks for.

    Attributes:
        evaluator: The suite's evaluator.
        examples: What the search evaluates on, in its order: nothing else is shown.
        counter: Counts the calls of the search.
        asked: How often each question was asked: its draw.
    """

    evaluator: Evaluator
    examples: Sequence[Example]
    counter: CallCounter
    asked: dict[str, int] = field(default_factory=dict)

    def __call__(self, step: Propose) -> Proposal:
        """Asks for a text, unless that may take more tokens than there are.

        Raises:
            ProviderError: if the model cannot answer.
        """
        gene = self._gene(step)
        reference = self._reference(gene)
        as_json = kind_of(reference).constrains
        request = _request(reference, self._question(step, gene), gene, as_json=as_json)
        if _dearest(request) > step.tokens:
            return Proposal(())
        draw = self.asked[request.messages_key] = self.asked.get(request.messages_key, -1) + 1
        request = _with_draw(request, draw)
        with while_doing(f"{self.evaluator.suite.name}, asking {reference} for a text"):
            try:
                recording = self.evaluator.answers.answer(request, "")
            except ContextOverflow as exc:
                return Proposal((), problem=f"the question does not fit the proposer: {exc}")
        return self._read(request, recording, gene, as_json=as_json)

    def _read(
        self, request: Request, recording: Recording, gene: Text, *, as_json: bool
    ) -> Proposal:
        calls = self.counter.count_asked([Asked(request.max_tokens, recording)])
        answer = recording.completion()
        cost: dict[str, Any] = {"calls": max(calls, 1), "tokens": _tokens(answer)}
        if answer.finish != "stop":
            return Proposal((), problem="the answer was cut off", **cost)
        try:
            slots = read(answer.text, as_json=as_json)
        except ValueError as exc:
            return Proposal((), problem=str(exc), **cost)
        # A longer text is refused anyway, and nobody compares it.
        if len(slots.text) <= gene.chars and _is_copied(slots.text):
            return Proposal((), problem="it copies the demonstration", **cost)
        diagnosis = without_unseen(slots.diagnosis)
        if _is_telling(gene, diagnosis):
            diagnosis = ""
        return Proposal((slots.text,), diagnoses=(diagnosis,), **cost)

    def _gene(self, step: Propose) -> Text:
        gene = self.evaluator.suite.space[step.gene] if self.evaluator.suite.space else None
        if not isinstance(gene, Text):
            raise ValueError(f"{step.gene} is no text that grows")
        return gene

    def _reference(self, gene: Text) -> str:
        return self.evaluator.suite.proposers[gene.by]

    def _question(self, step: Propose, gene: Text) -> Question:
        text, shipped = step.parent[step.gene], self.evaluator.suite.shipped[step.gene]
        return Question(
            operator=step.operator,
            text=text,
            answers=self._answers(),
            failed=self._shown(step.lessons, answered=step.operator != "rules"),
            kept=self._shown(step.kept, answered=step.other is not None),
            other=step.other[step.gene] if step.other else "",
            task=shipped if shipped != text else "",
            placeholders=tuple(dict.fromkeys(match[0] for match in PLACEHOLDER.finditer(text))),
            chars=gene.chars,
        )

    def _answers(self) -> str:
        output = self.evaluator.suite.prompt.output
        if output.format == "label":
            return ", ".join(output.labels)
        names = (output.json_schema or {}).get("properties")
        if output.format == "json" and isinstance(names, dict):
            return f"JSON with the keys {', '.join(map(str, names))}"
        return ""

    def _shown(self, lessons: Sequence[Lesson], *, answered: bool) -> tuple[Shown, ...]:
        return tuple(
            Shown(
                given=_inputs(self.examples[lesson.example]),
                expected=as_text(self.examples[lesson.example].expected),
                answered=lesson.feedback.output if answered else None,
            )
            for lesson in lessons
        )


def _inputs(example: Example) -> str:
    values = list(example.inputs.items())
    if len(values) == 1:
        return as_text(values[0][1])
    return "; ".join(f"{name}: {as_text(value)}" for name, value in values)


def _is_copied(text: str) -> bool:
    return any(jaccard(text, shown.text) > _COPY for shown in ANSWERS.values())


def _is_telling(gene: Text, diagnosis: str) -> bool:
    """Tells whether a diagnosis, which the lock keeps, quotes an example."""
    return isinstance(gene.problem, TextGuard) and bool(gene.problem.leaking(diagnosis))


def _request(reference: str, question: Question, gene: Text, *, as_json: bool) -> Request:
    """Returns the request: the system turn, the demonstration, and the question."""
    form = written(ANSWERS[question.operator], as_json=as_json)
    messages = (
        Message("system", SYSTEM),
        Message("user", str(QUESTIONS[question.operator])),
        Message("assistant", form),
        Message("user", str(question)),
    )
    limit = _FORM_TOKENS + int(gene.chars / _LETTERS_PER_TOKEN)
    params = {"temperature": TEMPERATURE, "max_tokens": limit}
    return Request(reference, messages, params, SCHEMA if as_json else None)


def _with_draw(request: Request, draw: int) -> Request:
    return Request(request.model, request.messages, request.params, request.schema, draw)


def _dearest(request: Request) -> float:
    """Returns the most tokens that a request is thought to take."""
    text = "".join(message.content for message in request.messages)
    letters = sum(1 if letter.isascii() else _LETTERS_PER_TOKEN for letter in text)
    return letters / _LETTERS_PER_TOKEN + (request.max_tokens or 0)


def _tokens(answer: Completion) -> float:
    return float(answer.prompt_tokens + answer.completion_tokens)
