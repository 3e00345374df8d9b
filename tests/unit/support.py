"""Small suites, scripted models and recordings for the tests of single modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base import yaml_writer
from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.lock import Entry, LockedModel
from pytest_promptevo.lock.entry import LockedPrompt, suite_figures
from pytest_promptevo.prompt import Example, Output, OutputSpec
from pytest_promptevo.providers.scripted import Scripted
from pytest_promptevo.recording import Answerer, CommittedFile, Recording, Store, salvage_committed
from pytest_promptevo.suite import load_suite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_promptevo.prompt import Completion, Request
    from pytest_promptevo.recording import Mode
    from pytest_promptevo.suite import Suite

SUITE: dict[str, Any] = {
    "suite": "orders",
    "golden": [
        {"id": "a", "inputs": {"message": "order 11"}, "expected": "11"},
        {"id": "b", "inputs": {"message": "order 22"}, "expected": "22"},
    ],
    "models": {"primary": "scripted:answers:echo"},
    "prompt": {"user": "{{message}}"},
    "scorers": ["exact_match"],
    "threshold": 0.5,
}


def write_suite(folder: Path, **parts: Any) -> Path:
    """Writes a suite file; a part that is None is left out."""
    data = {name: part for name, part in {**SUITE, **parts}.items() if part is not None}
    path = folder / "orders.promptevo.yaml"
    path.write_text(yaml_writer.dump(data), "utf-8")
    return path


def make_suite(folder: Path, **parts: Any) -> Suite:
    return load_suite(write_suite(folder, **parts), folder)


def make_answerer(
    folder: Path, answer: Callable[[Request], str | Completion], mode: Mode = "missing"
) -> tuple[Answerer, Scripted]:
    model = Scripted(answer)
    answers = Answerer(
        mode=mode,
        committed=CommittedFile(folder / "recordings.jsonl"),
        store=Store(folder / ".promptevo" / "answers.sqlite"),
        connect=lambda _reference: model,
    )
    return answers, model


def make_evaluator(
    folder: Path, answer: Callable[[Request], str | Completion], **parts: Any
) -> tuple[Evaluator, Scripted]:
    answers, model = make_answerer(folder, answer)
    return Evaluator(make_suite(folder, **parts), answers, folder), model


def make_recording(**changes: Any) -> Recording:
    values: dict[str, Any] = {
        "max_tokens": 16,
        "messages": "m1",
        "params": "p1",
        "model": "sha256:1",
        "text": "11",
        "finish": "stop",
        "prompt_tokens": 5,
        "completion_tokens": 4,
        "latency_ms": 12.5,
    }
    values |= changes
    key = text_key(f"{values['model']}\n{values['messages']}\n{values['params']}")
    return Recording(**{"key": key, **values})


def load_committed(path: Path) -> CommittedFile:
    """Loads a file of recordings, of which nothing may be damaged."""
    committed, damage = salvage_committed(path)
    if damage is not None:
        raise damage
    return committed


def make_entry(**changes: Any) -> Entry:
    values: dict[str, Any] = {
        "genome": {"instruction": "Extract.\nOnly the number.", "shots": [], "model": "primary"},
        "replaces": {"instruction": "Extract."},
        "prompt": LockedPrompt(user="{{instruction}}\n{{message}}\n"),
        "output": OutputSpec(format="text", max_repairs=2),
        "models": {"primary": LockedModel(reference="scripted:answers:echo", digest="sha256:1")},
        "figures": {"after": suite_figures(figures([Score(1.0, 12.0, 9.0)] * 3, Objectives()))},
        "known_failures": ["b"],
        "search": "accepted as it is",
        "fingerprints": {"prompt": "sha256:2", "golden": "sha256:3"},
    }
    return Entry(**{**values, **changes})


def text_output(text: str) -> Output:
    return Output(text, text)


def expecting(expected: Any, **changes: Any) -> Example:
    return Example("a", {}, expected, **changes)
