"""Whether scorers can be trusted: a right answer must pass, and no answer must not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pytest_promptevo.base.calling import Raised, users_code
from pytest_promptevo.base.canonical import canonical_json
from pytest_promptevo.base.text import few_of, shown
from pytest_promptevo.errors import GoldenError
from pytest_promptevo.prompt import Output, as_text
from pytest_promptevo.scorers import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_promptevo.prompt import Example
    from pytest_promptevo.scorers.scorer_set import WeightedScorer
    from pytest_promptevo.suite.model import Suite

_MOST_LABELS = 5
_MOST = 20
"""Examples that are tried: the first of each expected value."""

_COMPARING = (BUILT_IN["exact_match"], BUILT_IN["label"])
_DESCRIBED_TO = tuple(BUILT_IN[name] for name in ("contains", "regex", "numeric", "fields"))
"""Scorers that an expected value describes an answer to, which need not be written like it."""


def check_scorers(suite: Suite) -> list[str]:
    """Gives every scorer the expected output and an empty one.

    Tried are the first twenty examples that differ in what they expect. The expected output
    must reach the suite's pass mark, the empty one must not; a scorer that raises on the
    empty one has not let it pass. What cannot be told is left out: an expected value that
    only describes an answer (a pattern of ``regex``; null; a list or mapping for a scorer of
    the user's, unless answers are JSON), and the empty output where nothing is expected.

    Returns:
        What is wrong, at most two entries per scorer; nothing if the suite does without the
        check (``scorer_check: false``).
    """
    if not suite.scorer_check:
        return []
    examples = _distinct(suite.examples)
    found = []
    for entry in suite.scorers.entries:
        if entry.asks:
            continue  # a model is judged by people's verdicts
        for problems in (
            [_on_expected(suite, entry, example) for example in examples],
            [_on_nothing(suite, entry, example) for example in examples],
        ):
            told = [
                (each, example) for each, example in zip(problems, examples, strict=True) if each
            ]
            if told:
                found.append(_told(suite, *told[0], len(told) - 1))
    return found


def check_labels(suite: Suite) -> None:
    """Refuses a text that is expected and can never be answered: it is none of the labels.

    Built-in scorers that take what is expected for a description (a pattern, a part) may do
    with another text; so may one of the user's for a list or a mapping.

    Raises:
        GoldenError: naming the line of the first such example.
    """
    labels = suite.prompt.output.by_name
    if not (suite.scorer_check and labels and _compare_labels(suite.scorers.entries)):
        return
    for example in suite.examples:
        expected = example.expected
        if isinstance(expected, (str, int)) and as_text(expected).strip().casefold() not in labels:
            told = few_of(suite.prompt.output.labels, _MOST_LABELS)
            raise suite.about_example(
                example,
                f"{example.id!r} expects {shown(expected)}, which is none of the labels: {told}",
                "mend the example, or add the label under output: labels: (scorer_check: false "
                "for a scorer of yours that reads it in another way)",
            )


def _compare_labels(entries: Sequence[WeightedScorer]) -> bool:
    """Whether a text that is expected is compared with the label that is answered."""
    factories = [entry.factory for entry in entries]
    if any(factory in _COMPARING for factory in factories):
        return True
    return any(factory not in BUILT_IN.values() for factory in factories) and not any(
        factory in _DESCRIBED_TO for factory in factories
    )


def _distinct(examples: tuple[Example, ...]) -> list[Example]:
    first: dict[str, Example] = {}
    for example in examples:
        if len(first) == _MOST:
            break
        first.setdefault(canonical_json([example.expected, example.scorers]), example)
    return list(first.values())


def _on_expected(suite: Suite, entry: WeightedScorer, example: Example) -> str:
    """Returns what is wrong with a scorer's verdict on the expected output, or nothing."""
    outputs = list(_expected_outputs(suite, entry, example))
    told = ""
    for output in outputs:
        try:
            with users_code():
                judged = entry.judge(output, example)
        except Raised as exc:
            verdict = f"raised {exc}"
        else:
            if judged.quality >= suite.pass_mark - 1e-9:
                return ""
            why = f": {judged.reason}" if judged.reason else ""
            verdict = f"gave {judged.quality:.3g}{why}"
        told = told or (
            f"scorer {entry.name} should pass the expected output {shown(output.text)} "
            f"(needs {suite.pass_mark:g}), but {verdict}"
        )
    return told


def _on_nothing(suite: Suite, entry: WeightedScorer, example: Example) -> str:
    """Returns what is wrong with a scorer's verdict on an empty output, or nothing."""
    if example.expected is None or example.expected in ("", [], {}):
        return ""
    try:
        with users_code():
            quality = entry.judge(_empty_output(suite, example), example).quality
    except Raised:
        return ""
    if quality < suite.pass_mark - 1e-9:
        return ""
    return (
        f"scorer {entry.name} should not pass an empty output (expected "
        f"{shown(example.expected)}), but gave {quality:.3g}"
    )


def _expected_outputs(suite: Suite, entry: WeightedScorer, example: Example) -> Iterator[Output]:
    """Yields the right answer in the ways it may be written; nothing where none is known."""
    expected, is_json = example.expected, suite.prompt.output.format == "json"
    built_in = entry.factory is BUILT_IN.get(entry.name)
    if expected is None or (built_in and entry.name == "regex"):
        return
    if built_in and entry.name == "contains" and isinstance(expected, list):
        text = " ".join(map(as_text, expected))
        yield Output(text, text)
    elif is_json:
        yield from _as_json(expected)
    elif built_in or not isinstance(expected, (list, dict)):
        text = as_text(expected)
        yield Output(text, text)


def _as_json(expected: Any) -> Iterator[Output]:
    yield Output(canonical_json(expected), expected)
    yield Output(as_text(expected), expected)
    if isinstance(expected, str):  # a table's cells are texts
        try:
            yield Output(expected, json.loads(expected))
        except (ValueError, RecursionError):
            return


def _empty_output(suite: Suite, example: Example) -> Output:
    if suite.prompt.output.format != "json":
        return Output("", "")
    kind = type(example.expected)
    data: Any = kind() if kind in (dict, list) else None
    return Output(canonical_json(data), data)


def _told(suite: Suite, problem: str, example: Example, others: int) -> str:
    golden = suite.spec.get("golden")
    path = suite.path.parent / golden if isinstance(golden, str) else suite.path
    also = f" (and {others} more like it)" if others else ""
    return str(
        GoldenError(f"example {example.id!r}: {problem}{also}", path=path, line=example.line)
    )
