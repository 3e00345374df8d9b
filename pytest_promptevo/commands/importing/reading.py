"""Golden examples from the data of other tools: what ``promptevo import`` takes over.

Data alone is read: no function, template or model of another tool is run, and no other file than
the one that is named is opened. What cannot be taken over is an error that names it, so that no
test is lost in silence.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pytest_promptevo.base import yaml_reader
from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.text import few_of, one_line, shown
from pytest_promptevo.base.text_files import parse_json, read_text
from pytest_promptevo.commands.importing.assertions import FIELDS
from pytest_promptevo.commands.importing.promptfoo import read_promptfoo
from pytest_promptevo.commands.importing.records import read_records, records_in
from pytest_promptevo.errors import GoldenError
from pytest_promptevo.prompt.template import PLACEHOLDER
from pytest_promptevo.suite.contradictions import checked_labels
from pytest_promptevo.suite.golden import collect, without_reserved
from pytest_promptevo.suite.rows import json_rows

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_promptevo.commands.importing.imported import Imported, Prompt

_MOST_NAMED = 5

_NOT_IN_YAML = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What JSON holds as it is, and YAML not at all or as the end of a line."""


def read(path: Path, *, skips: bool = False) -> Imported:
    """Reads a file of another tool: told by what stands in it.

    Args:
        path: The file: YAML, JSON or JSON lines.
        skips: Whether what cannot be taken over is left out; else it is an error.

    Raises:
        GoldenError: naming file and line, for what cannot be read or taken over.
    """
    text = read_text(path, GoldenError)
    suffix = path.suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        lines = [(at, row) for at, row in enumerate(text.split("\n"), 1) if row.strip()]
        made = read_records([(at, parse_json(row, path, at, GoldenError)) for at, row in lines])
    elif suffix == ".json" and text.lstrip().startswith("["):
        made = read_records(list(json_rows(text, path)))
    elif suffix == ".json":
        made = _read_document(yaml_reader.Located(parse_json(text, path, 1, GoldenError)), path)
    elif suffix in (".yaml", ".yml"):
        made = _read_document(yaml_reader.load(text, path, GoldenError), path)
    else:
        hint = "taken over are .yaml, .json and .jsonl"
        raise GoldenError(f"cannot import {path.suffix!r}", path=path, line=1, hint=hint)
    if made.lost and not (skips and made.rows):
        told = [f"line {line}: {one_line(why)}" for line, why in made.lost[: _MOST_NAMED + 1]]
        count, whole = len(made.refused) + made.count_cut, len(made.refused) + len(made.rows)
        raise GoldenError(
            f"{count} of {whole} examples cannot be taken over as they are: "
            f"{few_of(told, _MOST_NAMED)}",
            path=path,
            line=made.lost[0][0],
            hint="--skip leaves that out" if made.rows else "",
        )
    examples = collect(path, iter(made.rows), GoldenError)  # ids, and that there are any
    checked_labels(without_reserved(examples, path, GoldenError), path, GoldenError)
    return made


def _read_document(located: yaml_reader.Located, path: Path) -> Imported:
    data = located.data
    if isinstance(data, dict) and ("tests" in data or "prompts" in data):
        return read_promptfoo(data, located.line, path)
    key, records = records_in(data, path)
    return read_records([(located.line((*key, at)), row) for at, row in enumerate(records)])


def golden_text(made: Imported) -> str:
    """Returns golden examples as the text of a ``.jsonl`` file."""
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for _, row in made.rows)


def _same_inputs(made: Imported) -> list[str]:
    """Returns the names of the inputs that all examples have and a prompt can name, sorted."""
    first, *others = (row["inputs"] for _, row in made.rows)
    return sorted(
        name
        for name in first
        if PLACEHOLDER.findall(f"{{{{{name}}}}}") == [name]
        and all(name in inputs for inputs in others)
    )


def _quoted(text: str) -> str:
    """Returns a text as JSON that YAML reads as the same, with escapes for what it has none of."""
    return _NOT_IN_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", canonical_json(text))


def _fitting(made: Imported) -> Prompt | None:
    """Returns the first prompt that all examples have the inputs of."""
    names = set(_same_inputs(made))
    return next((each for each in made.prompts if each.inputs and each.inputs <= names), None)


def not_taken(made: Imported) -> list[tuple[int, str]]:
    """Returns what stands in the file beside the examples, and not in the suite."""
    taken = _fitting(made)
    prompts = [
        (each.line, f"another prompt: {shown(each.user, 80)}")
        if taken
        else (each.line, f"a prompt with inputs that not all examples have: {shown(each.user, 80)}")
        for each in made.prompts
        if each != taken
    ]
    return sorted([*made.beside, *prompts])


def suite_of(made: Imported, path: Path, golden: str, model: str) -> str:
    """Returns a suite that runs imported examples, as text.

    Args:
        made: What was read.
        path: The file that it was read of.
        golden: The file of the golden examples, from the suite.
        model: Reference of the model.

    Raises:
        GoldenError: if a prompt could name no input.
    """
    names = _same_inputs(made)
    if not names:
        raise GoldenError(
            f"no input of all examples has a name that a prompt can hold: "
            f"{few_of(list(made.rows[0][1]['inputs']), _MOST_NAMED)}",
            line=made.rows[0][0],
            path=path,
            hint="rename it: letters, digits and _, such as {{message}}",
        )
    fitting = _fitting(made)
    user = fitting.user if fitting else "\n".join(f"{name}: {{{{{name}}}}}" for name in names)
    prompt = _quoted(user)
    if fitting and fitting.system:
        prompt = f"{{system: {_quoted(fitting.system)}, user: {prompt}}}"
    lines = [
        f"golden: {_quoted(golden)}",
        f"models: {{primary: {_quoted(model)}}}",
        f"prompt: {prompt}",
        "genome: {temperature: 0, max_tokens: 64}",
        *(["output: {format: json}"] if made.scorer == FIELDS else []),
        f"scorers: [{made.scorer}]",
        "objectives: {quality: {}}",
        "threshold: 0.5",
        "draft: true # until pytest --promptevo-update-lock accepts the answers",
    ]
    return "\n".join(lines) + "\n"
