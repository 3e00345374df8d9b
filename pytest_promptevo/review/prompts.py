"""What the model receives, before and after: the rendered chat, its inputs left open."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.prompt import Example, Template, render
from pytest_promptevo.prompt.template import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_promptevo.lock import Entry
    from pytest_promptevo.prompt import Message
    from pytest_promptevo.review.ends import End


@dataclass(frozen=True)
class PromptPart:
    """A turn of the chat, or a gene, at both ends; None where an end does not have it.

    Attributes:
        name: ``system``, ``user``, ``assistant``; or the name of a gene.
        before: Its text before.
        after: Its text after.
    """

    name: str
    before: str | None
    after: str | None

    @property
    def is_changed(self) -> bool:
        """Whether the ends differ."""
        return self.before != self.after


@dataclass(frozen=True)
class PromptChange:
    """What the model receives at both ends.

    Attributes:
        turns: The turns of the chat, in order; none where a function of the user's makes them.
        settings: The genes that differ and are no texts of the chat, and models.
    """

    turns: tuple[PromptPart, ...]
    settings: tuple[PromptPart, ...]

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return any(part.is_changed for part in self.turns) or bool(self.settings)


def prompt_change(before: End | None, after: End | None) -> PromptChange:
    """Returns what the model receives at both ends, by what their locks say.

    An end without an entry shows what its suite ships.
    """
    old, new = _rendered(before), _rendered(after)
    turns = tuple(
        PromptPart((then or now)[0], then and then[1], now and now[1])  # type: ignore[index]
        for then, now in zip_longest(_aligned(old, new), _aligned(new, old))
    )
    was, now = _settings(before, is_chat=bool(old)), _settings(after, is_chat=bool(new))
    if not ("weights" in was and "weights" in now):  # known of locked models alone
        was.pop("weights", None), now.pop("weights", None)
    settings = (
        PromptPart(name, was.get(name), now.get(name)) for name in dict.fromkeys([*was, *now])
    )
    return PromptChange(turns, tuple(part for part in settings if part.is_changed))


def _aligned(
    turns: list[tuple[str, str]], other: list[tuple[str, str]]
) -> list[tuple[str, str] | None]:
    """Returns the turns so that system stands by system, few-shot by few-shot, last by last."""
    if not turns:
        return []
    made: list[tuple[str, str] | None] = []
    has, its = turns[0][0] == "system", bool(other) and other[0][0] == "system"
    if has or its:
        made.append(turns[0] if has else None)
    shots = turns[has:-1]
    missing = (len(other) - its - 1) - len(shots) if other else 0
    return [*made, *shots, *[None] * max(missing, 0), turns[-1]]


def _rendered(end: End | None) -> list[tuple[str, str]]:
    if end is None:
        return []
    if end.entry is not None and end.entry.prompt is not None:
        entry = end.entry
        template = Template(end.entry.prompt.user, end.entry.prompt.system)
        shots = [Example(each.id, each.inputs, each.expected) for each in entry.shots]
        return [(turn.role, turn.content) for turn in _render(template, entry.genome, shots)]
    if end.entry is None and end.suite is not None and end.suite.prompt.template is not None:
        prompt, genome = end.suite.prompt, end.suite.shipped
        chat = _render(prompt.template, genome.plain(), prompt.shots(genome))  # type: ignore[arg-type]
        return [(turn.role, turn.content) for turn in chat]
    return []


def _render(
    template: Template, genome: dict[str, Any], shots: list[Example]
) -> tuple[Message, ...]:
    return render(template, genome, _Open(), shots)


class _Open(dict[str, Any]):
    """Inputs whose values are their own placeholders."""

    def __missing__(self, name: str) -> str:
        return "{{" + name + "}}"


def _settings(end: End | None, *, is_chat: bool) -> dict[str, str]:
    """Returns what is not seen in the chat: sampling, the model, what a valid output is."""
    if end is None:
        return {}
    if end.entry is not None:
        return dict(_of_entry(end.entry, is_chat=is_chat))
    if end.suite is None:
        return {}
    genome = end.suite.shipped.plain()
    told = dict(_of_genome(genome, is_chat=is_chat))
    told["output"] = canonical_json(end.suite.prompt.output.plain())
    return told | {"model": end.suite.prompt.models[genome["model"]]}


def _of_entry(entry: Entry, *, is_chat: bool) -> Iterator[tuple[str, str]]:
    yield from _of_genome(entry.genome, is_chat=is_chat)
    model = entry.models.get(entry.genome.get("model", ""))
    if model is not None:
        yield "model", model.reference
        yield "weights", model.digest
    if entry.target:
        yield "target", entry.target
    yield "output", canonical_json(entry.output.plain())


def _of_genome(genome: dict[str, Any], *, is_chat: bool) -> Iterator[tuple[str, str]]:
    seen_in_chat = {"shots", "cot", "model"}
    for name, value in genome.items():
        if name == "model" or (is_chat and (name in seen_in_chat or name not in BUILT_IN)):
            continue
        yield name, value if isinstance(value, str) else canonical_json(value)
