"""Tests of promptfoo configurations."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import few_of, one_line, shorten, shown
from pytest_promptevo.base.text_files import must_be_text
from pytest_promptevo.commands.importing.assertions import (
    FIELDS,
    REGEX,
    Expected,
    as_pattern,
    expected_of,
    together,
)
from pytest_promptevo.commands.importing.imported import (
    Imported,
    NotTaken,
    Prompt,
    list_in,
    made_elsewhere,
    mapping_in,
    tags_of,
)
from pytest_promptevo.errors import GoldenError
from pytest_promptevo.prompt.template import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.base.yaml_reader import Path_

_COMPUTED = re.compile(r"\{\{|\{%|\{#")
"""What begins an expression, a statement or a comment of Nunjucks."""

_ELSEWHERE = re.compile(r"[a-z]+://")
"""How a prompt begins that is a file, or lies in a service."""

_SILENT = frozenset(
    {"prompts", "tests", "defaultTest", "scenarios"}
    | {"$schema", "description", "tags", "metadata", "outputPath", "sharing"}
)
"""Keys that are taken over, told elsewhere, or say nothing of what is asked and judged."""

_BESIDE = {
    "providers": "the suite has one model (--model)",
    "targets": "the suite has one model (--model)",
    "extensions": "programs are not run",
    "nunjucksFilters": "programs are not run",
}
"""Keys that are left out, and why."""

_TURN = ("role", "content")

_Left = list[tuple["Path_", str]]
"""Assertions that are left out of a test: where they stand, and why."""

_Test = tuple[int, dict[str, Any], Expected, _Left]
"""A test: its line, its golden example without what is expected, that, and what is left out."""

_READ = frozenset({"description", "vars", "assert", "metadata", "threshold"})
"""What of a test is read; anything else makes it another test."""

_CHAT = re.compile(r"""\s*(\[\s*\{|-\s).*\brole["']?\s*:""", re.DOTALL)
"""How a list of messages begins, as JSON or YAML."""


def read_promptfoo(data: dict[str, Any], line: Callable[[Path_], int], path: Path) -> Imported:
    """Reads a promptfoo configuration: ``tests`` with ``vars`` and what is expected.

    Args:
        data: The configuration.
        line: Maps a path of keys to its line.
        path: Its file.

    Raises:
        GoldenError: naming file and line, for what concerns all tests.
    """
    made = Imported(kind="a promptfoo configuration")
    _take_prompts(data.get("prompts", []), made, line, path)
    for name in data:
        if name not in _SILENT and data[name]:
            why = _BESIDE.get(name, "a suite has nothing like it")
            made.beside.append((line((name,)), f"{shorten(one_line(str(name)), 60)}: {why}"))
    if data.get("scenarios"):
        why = "scenarios make tests of their own: write them out under tests"
        made.refused.append((line(("scenarios",)), why))
    tests = [] if data.get("tests") is None else data["tests"]
    if not isinstance(tests, list):
        raise GoldenError(
            f"tests are in another file or made by a program: {shown(tests, 80)}",
            path=path,
            line=line(("tests",)),
            hint="export them as a list into this file",
        )
    default = {} if data.get("defaultTest") is None else data["defaultTest"]
    if not isinstance(default, dict):
        raise GoldenError(
            f"defaultTest is in another file: {shown(default, 80)}",
            path=path,
            line=line(("defaultTest",)),
            hint="write it into this file",
        )
    taken: list[_Test] = []
    for at, test in enumerate(tests):
        try:
            taken.append((line(("tests", at)), *_promptfoo_row(test, default, at)))
        except NotTaken as exc:
            made.refused.append((line(exc.where or ("tests", at)), str(exc)))
    _judged_by_one_scorer(taken, made, line)
    return made


def _take_prompts(prompts: Any, made: Imported, line: Callable[[Path_], int], path: Path) -> None:
    """Takes the prompts that are texts with inputs; others are told."""
    for at, prompt in enumerate(prompts if isinstance(prompts, list) else [prompts]):
        where = line(("prompts", at) if isinstance(prompts, list) else ("prompts",))
        text = prompt.get("raw", prompt) if isinstance(prompt, dict) else prompt
        try:
            user, system = _turns(text)
        except NotTaken as exc:
            made.beside.append((where, f"{exc}: {shown(text, 80)}"))
        else:
            for turn in (user, system):
                must_be_text(turn, path, where, GoldenError)
            made.prompts.append(Prompt(where, user, system))


def _turns(prompt: Any) -> tuple[str, str]:
    """Returns user and system turn of a prompt: a text, or a chat that is written as JSON.

    Raises:
        NotTaken: if it is another thing.
    """
    if not isinstance(prompt, str) or _ELSEWHERE.match(prompt) or "{{" not in prompt:
        raise NotTaken("a prompt that is no text with inputs")
    if _COMPUTED.search(PLACEHOLDER.sub("", prompt)):
        raise NotTaken("a prompt that computes something, and a suite puts inputs in alone")
    chat = _chat(prompt)
    if len(chat) == 1 and _CHAT.match(chat[0]["content"]):
        raise NotTaken("a prompt of messages that are not written as JSON")
    turns = {turn["role"]: turn["content"] for turn in chat}
    if list(turns) not in (["user"], ["system", "user"]) or len(turns) < len(chat):
        raise NotTaken("a prompt with other turns than system and user")
    return turns["user"], turns.get("system", "")


def _chat(prompt: str) -> list[dict[str, str]]:
    """Returns the turns of a prompt; a text that is no chat is one turn of the user."""
    try:
        chat = json.loads(prompt)
    except (ValueError, RecursionError):
        chat = None
    is_chat = isinstance(chat, list) and all(
        isinstance(turn, dict) and all(isinstance(turn.get(key), str) for key in _TURN)
        for turn in chat
    )
    return chat if chat and is_chat else [{"role": "user", "content": prompt}]


def _judged_by_one_scorer(taken: list[_Test], made: Imported, line: Callable[[Path_], int]) -> None:
    """Adds the tests as examples of one scorer, as a suite has the same for all.

    Where tests need several, all that is expected of texts becomes patterns.
    """
    scorers = {expected.scorer for _, _, expected, _ in taken}
    of_texts = scorers - {FIELDS}
    made.scorer = next(iter(of_texts or scorers), "") if len(of_texts) < 2 else REGEX
    for where, row, expected, left in taken:
        if expected.scorer == FIELDS != made.scorer:
            made.refused.append((where, "a test expects an object, and others expect texts"))
            continue
        try:
            fitting = expected if len(of_texts) < 2 else as_pattern(expected)
        except NotTaken as exc:
            made.refused.append((where, str(exc)))
        else:
            made.rows.append((where, {**row, "expected": fitting.plain}))
            made.count_cut += bool(left)
            made.cut += [(line(place), f"{why}; the rest of its test stays") for place, why in left]
    made.refused.sort()


def _promptfoo_row(
    test: Any, default: dict[str, Any], at: int
) -> tuple[dict[str, Any], Expected, _Left]:
    """Returns a golden example, what is expected, and which assertions are left out."""
    if not isinstance(test, dict):
        raise NotTaken(f"a test is no mapping but {shown(test, 80)}")
    inputs = {**mapping_in(default, "vars"), **mapping_in(test, "vars")}
    if not inputs:
        raise NotTaken("a test has no vars")
    for name, value in inputs.items():
        _check_value(name, value)
    for name in sorted(set(test) - _READ):
        if test[name]:
            raise NotTaken(f"a test has {name}{_keys(test[name])}", ("tests", at, name))
    for name in sorted(set(default) - _READ):
        if default[name]:
            raise NotTaken(f"defaultTest has {name}{_keys(default[name])}", ("defaultTest", name))
    row: dict[str, Any] = {"inputs": inputs}
    if tags := tags_of({**mapping_in(default, "metadata"), **mapping_in(test, "metadata")}):
        row["tags"] = tags
    return row, *_all_expected(test, default, at)


def _all_expected(test: dict[str, Any], default: dict[str, Any], at: int) -> tuple[Expected, _Left]:
    parts: list[Expected] = []
    left: _Left = []
    places: tuple[tuple[Path_, dict[str, Any]], ...] = (
        (("defaultTest", "assert"), default),
        (("tests", at, "assert"), test),
    )
    for where, holder in places:
        for index, assertion in enumerate(list_in(holder, "assert")):
            try:
                parts.append(expected_of(assertion))
            except NotTaken as exc:
                left.append(((*where, index), str(exc)))
    _check_threshold(test, default, at, len(parts) + len(left))
    if left and not parts:
        place, why = left[-1]
        raise NotTaken(f"{why}; its test expects nothing else", place)
    if not parts:
        raise NotTaken("a test has no assertion, so nothing is expected")
    return together(parts), left


def _check_threshold(test: dict[str, Any], default: dict[str, Any], at: int, count: int) -> None:
    """Refuses a share of assertions that is enough: here all of them must hold."""
    for holder, who, where in ((test, "a test", ("tests", at)), (default, "defaultTest", ())):
        if holder.get("threshold") is not None and (count > 1 or not holder["threshold"]):
            why = f"{who} has threshold, and of a golden example all that is expected must hold"
            raise NotTaken(why, (*(where or ("defaultTest",)), "threshold"))


def _keys(value: Any) -> str:
    return f": {few_of([str(key) for key in value], 3)}" if isinstance(value, dict) else ""


def _check_value(name: str, value: Any) -> None:
    if isinstance(value, list):
        raise NotTaken(f"vars.{name} is a list, which stands for several tests: write each out")
    if elsewhere := made_elsewhere(value):
        kind = "a template" if _COMPUTED.search(elsewhere) else "in another file"
        raise NotTaken(f"vars.{name} is {kind}: {shown(elsewhere, 80)}")
