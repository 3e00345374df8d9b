"""Where the instruction of a prompt stands, and what it says about the answer's form.

Two genes with a meaning of their own need no text of anybody's: ``layout`` moves the lines of
the user turn, ``form`` adds a sentence that is made of the suite's ``output``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_promptevo.prompt.template import COT_MARK, PLACEHOLDER, Template, as_text, is_text_gene

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set
    from typing import Any

    from pytest_promptevo.prompt.output import OutputSpec

LAYOUTS = ("plain", "last", "system", "cue")
"""As written; the instruction after the inputs; in the system turn; a cue line at the end."""

FORMS = ("none", "labels", "only")
"""No sentence; one that names the labels; one that wants the answer and nothing else."""

VALUES = {"layout": LAYOUTS, "form": FORMS}
"""What the two genes may be."""

DEFAULTS = {"layout": LAYOUTS[0], "form": FORMS[0]}
"""What a prompt has whose genome says nothing of it."""

_OPENS = re.compile(r"[^\w\s]+\w*|<[^/<>]+>|(?:\S+\s+){0,3}\S*:")
"""A fence, a tag, or a few words and a colon."""

_CLOSES = re.compile(r"[^\w\s]+|</[^<>]+>")
_CUE = re.compile(r".*:")


def arranged(template: Template, genome: Mapping[str, Any], output: OutputSpec) -> Template:
    """Returns a template as the genes ``layout`` and ``form`` want it.

    Genes and inputs are still placeholders in it. Lines that name an input, with what introduces
    and encloses them (``Message:``, tags, fences), are the inputs; what stands before and after
    is the instruction; last lines that end in a colon are the cue, which stays last.

    Args:
        template: The template as it is written.
        genome: The genome: a gene whose text names an input is one.
        output: What a valid answer is.
    """
    layout, form = (genome.get(name, default) for name, default in DEFAULTS.items())
    if (layout, form) == (LAYOUTS[0], FORMS[0]):
        return template
    parts = _Parts.of(template.user, _inputs_by(template, genome))
    parts = parts.with_sentence(form_sentence(output, form, cot=bool(genome.get("cot"))))
    if layout == "system" and parts.inputs:
        system = [part for part in (template.system.strip(), parts.instruction) if part]
        user = _joined((parts.inputs, parts.cue), parts.gap)
        return Template(user, "\n\n".join(system))
    if layout == "last":
        return replace(template, user=_joined(parts.inputs_first, parts.gap))
    if layout == "cue" and not parts.cue and not genome.get("cot"):
        parts = replace(parts, cue=COT_MARK)
    return replace(template, user=_joined(parts.as_written, parts.gap))


def impossible(genome: Mapping[str, Any]) -> str:
    """Returns what is wrong with the two genes of a genome that belongs to a prompt, or nothing."""
    for name, known in VALUES.items():
        if name in genome and genome[name] not in known:
            return f"{name} must be one of {', '.join(known)}"
    return ""


def form_sentence(output: OutputSpec, form: str, *, cot: bool = False) -> str:
    """Returns the sentence about the answer's form; empty where there is none to say.

    Args:
        output: What a valid answer is.
        form: One of `FORMS`.
        cot: Whether the model thinks first: then it does not give the answer alone.
    """
    if form == "labels" and output.format == "label":
        return f"The answer is one of: {', '.join(output.labels)}."
    if form != "only" or cot:
        return ""
    if output.format == "label":
        return "Reply with the label and nothing else."
    if output.format == "json":
        return f"Reply with JSON{_keys(output.json_schema or {})} and nothing else."
    return "Reply with the answer and nothing else."


def _keys(schema: Mapping[str, Any]) -> str:
    names = schema.get("properties")
    if not isinstance(names, dict) or not names:
        return ""
    return f" (keys: {', '.join(map(str, names))})"


def _inputs_by(template: Template, genome: Mapping[str, Any]) -> Set[str]:
    """Returns the names of placeholders that stand for inputs, or for genes that name some."""
    return {
        name
        for name in template.names()
        if not (name in genome and is_text_gene(name)) or PLACEHOLDER.search(as_text(genome[name]))
    }


@dataclass(frozen=True)
class _Parts:
    """A user turn cut into parts, each of them stripped, some of them empty.

    Attributes:
        before: The instruction before the inputs.
        inputs: The inputs.
        after: The instruction after them.
        cue: What introduces the answer.
        gap: What stands between two parts.
    """

    before: str
    inputs: str
    after: str
    cue: str
    gap: str

    @classmethod
    def of(cls, user: str, inputs: Set[str]) -> _Parts:
        lines = user.strip().splitlines()
        places = [at for at, line in enumerate(lines) if inputs & set(PLACEHOLDER.findall(line))]
        end = _cue_from(lines, places)
        if not places:
            return cls(_block(lines[:end]), "", "", _block(lines[end:]), "\n")
        first, last = places[0], places[-1] + 1
        while first and _is_static(lines[first - 1], _OPENS):
            first -= 1
        while last < end and _is_static(lines[last], _CLOSES):
            last += 1
        gap = "\n\n" if any(not line.strip() for line in lines) else "\n"
        before, inputs_, after = lines[:first], lines[first:last], lines[last:end]
        return cls(_block(before), _block(inputs_), _block(after), _block(lines[end:]), gap)

    @property
    def instruction(self) -> str:
        return _joined((self.before, self.after), "\n")

    @property
    def as_written(self) -> tuple[str, ...]:
        return (self.before, self.inputs, self.after, self.cue)

    @property
    def inputs_first(self) -> tuple[str, ...]:
        return (self.inputs, self.instruction, self.cue)

    def with_sentence(self, sentence: str) -> _Parts:
        """Returns the parts with a sentence at the end of the instruction."""
        if self.before and not self.after:
            return replace(self, before=_joined((self.before, sentence), "\n"))
        return replace(self, after=_joined((self.after, sentence), "\n"))


def _cue_from(lines: Sequence[str], places: Sequence[int]) -> int:
    """Returns the line from which on nothing but a cue follows."""
    end = len(lines)
    least = places[-1] + 1 if places else 1
    while end > least and _is_static(lines[end - 1], _CUE):
        end -= 1
    return end


def _is_static(line: str, pattern: re.Pattern[str]) -> bool:
    """Whether a line has the form of a pattern and no placeholder."""
    return bool(pattern.fullmatch(line.strip())) and not PLACEHOLDER.search(line)


def _block(lines: Sequence[str]) -> str:
    return "\n".join(lines).strip("\n")


def _joined(parts: Sequence[str], gap: str) -> str:
    return gap.join(part for part in parts if part)
