"""Tests of promptfoo configurations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.text import shown
from pytest_promptevo.base.text_files import must_be_text
from pytest_promptevo.commands.importing.imported import (
    Imported,
    NotTaken,
    list_in,
    mapping_in,
    tags_of,
)
from pytest_promptevo.errors import GoldenError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.base.yaml_reader import Path_

_SAME = {"equals": "exact_match", "contains": "contains", "icontains": "contains"}
_LISTS = {"contains-all": "contains", "icontains-all": "contains"}
_AS_WRITTEN = "{contains: {ignore_case: false}}"
_ASSERTIONS = (*_SAME, *_LISTS, "regex")


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
    prompts = data.get("prompts", [])
    for prompt in prompts if isinstance(prompts, list) else [prompts]:
        if isinstance(prompt, str) and "://" not in prompt and "{{" in prompt:
            must_be_text(prompt, path, line(("prompts",)), GoldenError)
            made.prompts.append(prompt)
    tests = data.get("tests", [])
    if not isinstance(tests, list):
        raise GoldenError(
            f"tests are in another file or made by a program: {shown(tests, 80)}",
            path=path,
            line=line(("tests",)),
            hint="export them as a list into this file",
        )
    default = data.get("defaultTest", {})
    if not isinstance(default, dict):
        raise GoldenError(
            f"defaultTest is in another file: {shown(default, 80)}",
            path=path,
            line=line(("defaultTest",)),
            hint="write it into this file",
        )
    kinds: set[str] = set()
    for at, test in enumerate(tests):
        where = line(("tests", at))
        try:
            row, kind = _promptfoo_row(test, default)
        except NotTaken as exc:
            made.refused.append((where, str(exc)))
        else:
            kinds.add(kind)
            made.rows.append((where, row))
    if len(kinds) > 1:
        raise GoldenError(
            f"the tests need several scorers: {', '.join(sorted(kinds))}",
            path=path,
            line=line(("tests",)),
            hint="import them in several files: a suite has the same scorers for all examples",
        )
    made.scorer = next(iter(kinds), "")
    return made


def _promptfoo_row(test: Any, default: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Returns a golden example and the scorer that it needs."""
    if not isinstance(test, dict):
        raise NotTaken(f"a test is no mapping but {shown(test, 80)}")
    inputs = {**mapping_in(default, "vars"), **mapping_in(test, "vars")}
    if not inputs:
        raise NotTaken("a test has no vars")
    for name, value in inputs.items():
        _check_value(name, value)
    for name in ("options", "providers", "assertScoringFunction"):
        if name in test or name in default:
            raise NotTaken(f"a test has {name}")
    expected, scorer = _all_expected([*list_in(default, "assert"), *list_in(test, "assert")])
    row: dict[str, Any] = {"inputs": inputs, "expected": expected}
    if tags := tags_of(mapping_in(test, "metadata")):
        row["tags"] = tags
    return row, scorer


def _check_value(name: str, value: Any) -> None:
    if isinstance(value, list):
        raise NotTaken(f"vars.{name} is a list, which stands for several tests: write each out")
    if isinstance(value, str) and value.startswith(("file://", "package:", "huggingface:")):
        raise NotTaken(f"vars.{name} is in another file: {shown(value, 80)}")
    if isinstance(value, str) and ("{{" in value or "{%" in value):
        raise NotTaken(f"vars.{name} is a template: {shown(value, 80)}")


def _all_expected(assertions: list[Any]) -> tuple[Any, str]:
    """Returns what a test expects: one thing, or texts that all stand in the answer."""
    if not assertions:
        raise NotTaken("a test has no assertion, so nothing is expected")
    made = [_expected(assertion) for assertion in assertions]
    if len(made) == 1:
        return made[0]
    scorers = {scorer for _, scorer in made}
    if scorers not in ({"contains"}, {_AS_WRITTEN}):
        raise NotTaken(f"a test has {len(made)} assertions of several kinds")
    return [text for value, _ in made for text in _as_list(value)], scorers.pop()


def _expected(assertion: Any) -> tuple[Any, str]:
    kind = assertion.get("type") if isinstance(assertion, dict) else assertion
    if not isinstance(assertion, dict) or kind not in _ASSERTIONS:
        known = ", ".join(_ASSERTIONS)
        raise NotTaken(f"assertion {shown(kind, 60)} (taken over are {known})")
    if more := sorted(set(assertion) - {"type", "value"}):
        raise NotTaken(f"assertion {kind} has {more[0]}")
    value = assertion.get("value")
    if isinstance(value, str) and (value.startswith("file://") or "{{" in value):
        raise NotTaken(f"the value of assertion {kind} is made elsewhere: {shown(value, 80)}")
    if kind in _LISTS:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise NotTaken(f"assertion {kind} has no list of texts")
    elif not isinstance(value, (str, int, float)) and kind != "equals":
        raise NotTaken(f"assertion {kind} has no text as value")
    if kind == "equals" and isinstance(value, (dict, list)):
        return value, "fields"
    if kind in ("contains", "contains-all"):
        return value, _AS_WRITTEN
    return value, {**_SAME, **_LISTS, "regex": "regex"}[kind]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
