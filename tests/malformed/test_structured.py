"""What is changed inside valid files, past their checksums, loads or is refused in our words."""

from __future__ import annotations

import os
import resource
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pytest_promptevo.errors import PromptEvoError
from pytest_promptevo.providers import ProviderOptions, connect

from .structured import Change, Workshop, changes, environment, read_answer, use

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EACH = int(os.environ.get("PROMPTEVO_FUZZ", "2000")) // 18
"""Cases of each of 18 kinds; `python -m tests.benchmarks.hardening.fuzz` asks for more."""

LONGEST_S = 2.0
MOST_BYTES = 200 * 2**20

PARTS = ("suite", "golden", "shots", "lock", "recordings", "candidate")
more = settings(
    max_examples=EACH,
    phases=[Phase.explicit, Phase.generate],  # a case takes milliseconds, a smaller one minutes
    report_multiple_bugs=False,
)


class Hang(BaseException):
    """A case took too long."""


@contextmanager
def watched() -> Iterator[None]:
    """Ends what hangs, and notes what takes too much memory.

    The limit is one of processor time, so that a busy machine fails nothing.
    """

    def stop(_signal: int, _frame: Any) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, stop)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    signal.setitimer(signal.ITIMER_PROF, LONGEST_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - most) * 1024 < MOST_BYTES


@pytest.fixture(params=[False, True], ids=["text", "json"])
def workshop(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: Any) -> Workshop:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    return Workshop(tmp_path, is_json=request.param)


def test_what_is_not_changed_loads(workshop: Workshop) -> None:
    for part in PARTS:
        workshop.write(part, [])
        assert use(workshop.folder, "none") is None
    workshop.write_store([])
    assert use(workshop.folder, "missing") is None


def test_a_candidate_that_is_none_of_the_suite_is_refused(workshop: Workshop) -> None:
    workshop.valid["lock"]["suites"]["orders"]["candidates"][0]["genome"]["shots"] = ["gone"]
    workshop.write("suite", [])
    assert "gone" in str(use(workshop.folder, "none"))


@pytest.mark.parametrize("part", PARTS)
@more
@given(todo=changes)
def test_files_load_or_are_refused(workshop: Workshop, part: str, todo: list[Change]) -> None:
    workshop.write(part, todo)
    before = workshop.contents()
    with watched():
        use(workshop.folder, "none")
    assert workshop.contents() == before


@more
@given(todo=changes)
def test_stores_are_used_or_refused(workshop: Workshop, todo: list[Change]) -> None:
    workshop.write_store(todo)
    before = workshop.contents()
    with watched():
        use(workshop.folder, "missing")
    assert workshop.contents() == before


@pytest.mark.parametrize("kind", ["openai", "models", "ollama"])
@more
@given(todo=changes)
def test_answers_are_understood_or_refused(kind: str, todo: list[Change]) -> None:
    with watched():
        read_answer(kind, todo)


@more
@given(
    todo=changes, reference=st.sampled_from(["openai:gpt", "ollama:tiny", "gguf:x", "scripted:"])
)
def test_variables_are_understood_or_refused(
    tmp_path: Path, todo: list[Change], reference: str
) -> None:
    with watched(), environment(todo), suppress(PromptEvoError):
        connect(reference, ProviderOptions(root=tmp_path, patience_s=0)).close()
