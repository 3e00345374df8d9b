from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import count
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from unit.support import load_committed, make_recording

from pytest_promptevo.recording import Answered, Recording, committed_text, write_committed
from pytest_promptevo.recording.store import Store
from pytest_promptevo.suite.golden import load_examples

from .strategies import json_values, texts

if TYPE_CHECKING:
    from pathlib import Path

counts = st.integers(0, 10**6)
limits = st.none() | st.integers(1, 10**6)


def within_limit(made: Recording) -> Recording:
    """An answer has no more tokens than its limit."""
    limit = made.max_tokens
    return made if limit is None else replace(made, max_tokens=max(limit, made.completion_tokens))


recordings = st.builds(
    make_recording,
    max_tokens=limits,
    messages=texts,
    params=texts,
    model=texts,
    text=texts,
    finish=st.sampled_from(["stop", "length"]),
    prompt_tokens=counts,
    completion_tokens=counts,
    latency_ms=st.floats(0, 1e6).map(lambda value: round(value, 1)),
).map(within_limit)


def apart(made: dict[str, list[Recording]]) -> dict[str, list[Recording]]:
    """Makes each the answer to a request of its own: a model answers one once."""
    numbers = count()
    return {
        example: [recorded_under(f"{each.params}{next(numbers)}", each) for each in recordings_]
        for example, recordings_ in made.items()
    }


def recorded_under(params: str, made: Recording) -> Recording:
    values = {name: value for name, value in asdict(made).items() if name != "key"}
    return make_recording(**{**values, "params": params})


answers = st.dictionaries(texts, st.lists(recordings, min_size=1, max_size=3), max_size=3).map(
    apart
)


def text_of(made: dict[str, list[Recording]]) -> str:
    return committed_text(
        Answered(example, "sha256:1", list(enumerate(recordings_)))
        for example, recordings_ in made.items()
    )


@given(answers)
def test_committed_recordings_come_back(tmp_path: Path, made: dict[str, list[Recording]]) -> None:
    write_committed(tmp_path / "orders.jsonl", text_of(made))
    assert load_committed(tmp_path / "orders.jsonl").by_example == made


@given(answers)
def test_writing_them_again_changes_no_byte(
    tmp_path: Path, made: dict[str, list[Recording]]
) -> None:
    path = tmp_path / "orders.jsonl"
    write_committed(path, text_of(made))
    assert not write_committed(path, text_of(load_committed(path).by_example))


@given(st.lists(recordings, min_size=1, max_size=4))
def test_the_store_gives_back_what_it_was_given(tmp_path: Path, made: list[Recording]) -> None:
    store = Store(tmp_path / "answers.sqlite")
    for each in made:
        store.put(each)
    store.close()
    again = Store(tmp_path / "answers.sqlite")
    last = {(each.key, each.max_tokens): each for each in made}
    assert {at: again.get(*at) for at in last} == last
    again.close()


@given(recordings, limits)
def test_an_answer_that_serves_a_limit_fits_it(made: Recording, limit: int | None) -> None:
    if made.serves(limit):
        assert limit is None or made.completion_tokens <= limit
        assert limit == made.max_tokens or made.finish == "stop"


@given(st.lists(st.tuples(json_values, json_values), min_size=1, max_size=4))
def test_golden_values_come_back_from_jsonl(
    tmp_path: Path, made: list[tuple[object, object]]
) -> None:
    rows = [
        json.dumps(
            {"id": at, "inputs": {"m": recordings_}, "expected": expected}, ensure_ascii=at % 2 > 0
        )
        for at, (recordings_, expected) in enumerate(made)
    ]
    path = tmp_path / "golden.jsonl"
    path.write_bytes("\n".join(rows).encode())
    found = [(each.inputs["m"], each.expected) for each in load_examples(path)]
    assert repr(found) == repr(made)
