"""Small suites, scripted models and recordings for the tests of single modules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_promptevo.base import yaml_writer
from pytest_promptevo.base.canonical import text_key
from pytest_promptevo.evaluation.evaluator import Evaluator
from pytest_promptevo.fitness import Objectives, Score, figures
from pytest_promptevo.lock import (
    Candidate,
    Compared,
    Entry,
    HeldOut,
    LockedModel,
    LockedReward,
    NotWorse,
    Proposal,
)
from pytest_promptevo.lock.parts import LockedPrompt, Mean, suite_figures
from pytest_promptevo.prompt import Example, Output, OutputSpec
from pytest_promptevo.providers.scripted import Scripted
from pytest_promptevo.recording import Answerer, CommittedFile, Recording, salvage_committed
from pytest_promptevo.recording.store import Store
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
        open_store=lambda: Store(folder / ".promptevo" / "answers.sqlite"),
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


def make_candidate(**changes: Any) -> Candidate:
    figure = suite_figures(figures([Score(1.0, 12.0, 9.0)] * 2, Objectives()))
    values: dict[str, Any] = {
        "genome": {"instruction": "Only the number.", "shots": [], "model": "primary"},
        "held_out": Compared(locked=figure, candidate=figure),
        "confirmed": NotWorse(
            n=2,
            difference=Mean(mean=0.0, low=-0.1, high=0.1),
            margin=0.05,
            p_better=0.5,
            p_not_worse=0.2,
            verdict="open",
        ),
        "recordings": "sha256:4",
    }
    return Candidate(**{**values, **changes})


def with_candidates(*candidates: Candidate, **changes: Any) -> Entry:
    """Returns an entry with candidates, whose search has held out the examples a and b."""
    held_out = HeldOut(ids=["a", "b"], inputs="00000001 00000002", searched="00000003")
    values: dict[str, Any] = {
        "candidates": list(candidates or [make_candidate()]),
        "proposal": Proposal(strategy="racing", seed=3, calls=120, held_out=held_out),
        "reward": LockedReward(low=-0.2, high=0.9),
        "quality": {},
    }
    return make_entry(**{**values, **changes})


def text_output(text: str) -> Output:
    return Output(text, text)


def expecting(expected: Any, **changes: Any) -> Example:
    return Example("a", {}, expected, **changes)
