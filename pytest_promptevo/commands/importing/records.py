"""Records of DeepEval, LangSmith and Hugging Face: an object for each example."""

from __future__ import annotations

from functools import partial
from itertools import compress
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import few_of, one_line, shorten, shown
from pytest_promptevo.commands.importing.assertions import EXACT, FIELDS
from pytest_promptevo.commands.importing.imported import (
    Imported,
    NotTaken,
    Told,
    mapping_in,
    tags_of,
)
from pytest_promptevo.errors import GoldenError

if TYPE_CHECKING:
    from pathlib import Path

_ANSWERS = (
    "expected_output", "expectedOutput", "expected", "answer", "output", "label", "target",
    "completion", "ground_truth", "response",
)  # fmt: skip
_READ = {
    "examples of LangSmith": frozenset(
        {"inputs", "outputs", "reference_outputs", "metadata", "id", "split", "dataset_split"}
        | {"name", "dataset_id", "dataset_name", "created_at", "modified_at", "source_run_id"}
        | {"runs", "url"}
    ),
    "goldens of DeepEval": frozenset(
        {"input", "expected_output", "expectedOutput", "context", "additional_metadata"}
        | {"additionalMetadata", "name", "comments", "source_file", "sourceFile", "actual_output"}
        | {"actualOutput", "id", "_dataset_rank", "_dataset_alias", "_dataset_id"}
    ),
}
"""Keys that are read, or say nothing of what is asked and judged; others are told."""

_CONVERSATION = ("turns", "scenario", "messages", "conversations", "expected_outcome")


def records_in(data: Any, path: Path) -> tuple[tuple[str, ...], list[Any]]:
    """Returns the records of a document, and the key that they stand under.

    Raises:
        GoldenError: if there are none.
    """
    if isinstance(data, list):
        return (), data
    for key in ("goldens", "examples", "rows", "data"):
        if isinstance(data, dict) and isinstance(data.get(key), list):
            return (key,), data[key]
    raise GoldenError(
        "neither a promptfoo configuration nor a list of records",
        path=path,
        line=1,
        hint="taken over are promptfoo configurations, goldens of DeepEval, and examples of "
        "LangSmith or Hugging Face as JSON or JSON lines",
    )


def read_records(rows: list[tuple[int, Any]]) -> Imported:
    """Reads records with their lines: one example each, all of the same form as the first."""
    first = next((row for _, row in rows if isinstance(row, dict)), {})
    if isinstance(first.get("inputs"), dict):
        kind, reader = "examples of LangSmith", _langsmith
    elif "expected_output" in first or "expectedOutput" in first:
        kind, reader = "goldens of DeepEval", _deepeval
    else:
        kind, reader = "records", partial(_record, answer=_answer_of(rows))
    made = Imported(kind=kind, beside=_beside(rows, kind))
    for line, row in rows:
        try:
            if not isinstance(row, dict):
                raise NotTaken(f"a record is no object but {shown(row, 80)}")
            for name in _CONVERSATION:
                if row.get(name):
                    raise NotTaken(f"a conversation ({name}), and golden examples have one turn")
            made.rows.append((line, reader(row)))
        except NotTaken as exc:
            made.refused.append((line, str(exc)))
    if any("context" in row["inputs"] for _, row in made.rows) and reader is _deepeval:
        for _, row in made.rows:  # a prompt asks for the same inputs of all examples
            row["inputs"].setdefault("context", "")
    _judged_by_one_scorer(made)
    return made


def _judged_by_one_scorer(made: Imported) -> None:
    """Leaves out what expects objects, where others expect texts: a suite has one scorer."""
    is_object = [isinstance(row["expected"], (dict, list)) for _, row in made.rows]
    made.scorer = FIELDS if is_object and all(is_object) else EXACT
    if made.scorer == EXACT and any(is_object):
        told = "an example expects an object or a list, and others expect texts"
        objects = [(line, told) for line, _ in compress(made.rows, is_object)]
        made.rows = list(compress(made.rows, (not each for each in is_object)))
        made.refused = sorted([*made.refused, *objects])


def _langsmith(row: dict[str, Any]) -> dict[str, Any]:
    """Reads ``{"inputs": {...}, "outputs": {...}, "metadata": {...}}``."""
    inputs, outputs = row.get("inputs"), row.get("outputs") or row.get("reference_outputs")
    if not isinstance(inputs, dict) or not inputs:
        raise NotTaken("an example has no inputs")
    if _conversation(inputs):
        raise NotTaken("a conversation (messages), and golden examples have one turn")
    if not isinstance(outputs, dict) or not outputs:
        raise NotTaken("an example has no outputs, so nothing is expected")
    expected = next(iter(outputs.values())) if len(outputs) == 1 else outputs
    if expected is None or expected == {}:
        raise NotTaken("an example has no outputs, so nothing is expected")
    made: dict[str, Any] = {"inputs": inputs, "expected": expected}
    if isinstance(row.get("id"), str):
        made["id"] = row["id"]
    split = row.get("split")
    splits = split if isinstance(split, list) else [split]
    tags = [
        *tags_of({str(at): each for at, each in enumerate(splits)}),
        *tags_of(mapping_in(row, "metadata")),
    ]
    return {**made, "tags": tags} if tags else made


def _deepeval(row: dict[str, Any]) -> dict[str, Any]:
    """Reads a golden: ``input``, ``expected_output``, ``context``."""
    given, expected = row.get("input"), row.get("expected_output", row.get("expectedOutput"))
    if not isinstance(given, str) or not given.strip():
        raise NotTaken("a golden has no input")
    if not isinstance(expected, str) or not expected.strip():
        raise NotTaken("a golden has no expected_output")
    for name in ("expected_tools", "expectedTools"):
        if row.get(name):
            raise NotTaken("a golden expects calls of tools (expected_tools)")
    made: dict[str, Any] = {"inputs": {"input": given}, "expected": expected}
    context = row.get("context")
    if context:
        if not isinstance(context, list) or not all(isinstance(each, str) for each in context):
            raise NotTaken("context is no list of texts")
        made["inputs"]["context"] = "\n".join(context)
    metadata = row.get("additional_metadata", row.get("additionalMetadata"))
    if isinstance(metadata, dict) and (tags := tags_of(metadata)):
        made["tags"] = tags
    return made


def _beside(rows: list[tuple[int, Any]], kind: str) -> list[Told]:
    """Returns the keys of records that no golden example has, each where it stands first."""
    found: dict[str, int] = {}
    for line, row in rows:
        if kind in _READ and isinstance(row, dict):
            for name in (name for name, value in row.items() if value and name not in _READ[kind]):
                found.setdefault(name, line)
    return [
        (line, f"{shorten(one_line(name), 60)}: a golden example has nothing like it")
        for name, line in found.items()
    ]


def _answer_of(rows: list[tuple[int, Any]]) -> str:
    """Returns the column with what is expected: that of the first record that has one."""
    records = (row for _, row in rows if isinstance(row, dict))
    return next(filter(None, map(_own_answer, records)), "")


def _own_answer(row: dict[str, Any]) -> str:
    return next((name for name in _ANSWERS if row.get(name) not in (None, {})), "")


def _record(row: dict[str, Any], answer: str) -> dict[str, Any]:
    """Reads a flat record: a column with the answer, all others are inputs."""
    own = _own_answer(row)
    if not own:
        known = ", ".join(_ANSWERS[:6])
        raise NotTaken(f"no column says what is expected ({known}, ...): {few_of(list(row), 8)}")
    if row.get(answer) in (None, {}):
        raise NotTaken(f"column {answer}, by which the others are judged, is empty; {own} is not")
    inputs = {name: row[name] for name in row if name not in (answer, "id", "idx", "split", "tags")}
    if not inputs:
        raise NotTaken("a record has no input beside its answer")
    if any(isinstance(value, (dict, list)) for value in inputs.values()):
        names = [name for name, value in inputs.items() if isinstance(value, (dict, list))]
        raise NotTaken(f"column {names[0]} is no text or number: {shown(inputs[names[0]], 60)}")
    made: dict[str, Any] = {"inputs": inputs, "expected": row[answer]}
    if isinstance(row.get("id"), (str, int)) and not isinstance(row["id"], bool):
        made["id"] = row["id"]
    tags = row.get("tags")
    if isinstance(tags, list) and all(isinstance(tag, str) for tag in tags):
        made["tags"] = tags
    return made


def _conversation(inputs: dict[str, Any]) -> bool:
    messages = inputs.get("messages")
    return isinstance(messages, list) and any(isinstance(each, dict) for each in messages)
