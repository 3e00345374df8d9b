from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from unit.support import make_candidate, make_entry, with_candidates

from pytest_promptevo.genome import Genome
from pytest_promptevo.lock import Entry, LockedModel, LockedShot, Lockfile, read_lock, write_lock
from pytest_promptevo.lock.parts import LockedPrompt
from pytest_promptevo.prompt import OutputSpec
from pytest_promptevo.prompt.gene_values import wanted

from .strategies import json_values, objects, scalars, texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

names = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}", fullmatch=True)
shots = st.builds(LockedShot, id=texts, inputs=objects, expected=json_values)
outputs = st.builds(
    OutputSpec,
    format=st.sampled_from(["text", "label", "json"]),
    labels=st.lists(texts, max_size=3),
    schema=st.none() | objects,
    max_repairs=st.integers(0, 10),
)

genomes = st.dictionaries(texts, scalars | st.lists(texts, max_size=3), max_size=4).map(
    lambda values: {name: value for name, value in values.items() if not wanted(name, value)}
)


candidates = st.builds(
    make_candidate,
    genome=genomes,
    shots=st.lists(shots, max_size=1),
    repeats=st.integers(1, 3),
    quality=st.dictionaries(texts, st.floats(0, 1), max_size=2),
)


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    proposed = draw(st.lists(candidates, max_size=2))
    made = partial(with_candidates, *proposed) if proposed else make_entry
    return made(
        genome=draw(genomes),
        replaces=draw(st.dictionaries(texts, scalars, max_size=2)),
        prompt=draw(st.none() | st.builds(LockedPrompt, user=texts, system=texts)),
        shots=draw(st.lists(shots, max_size=2)),
        output=draw(outputs),
        models={"primary": LockedModel(reference=draw(texts), digest=draw(texts))},
        known_failures=draw(st.lists(texts, max_size=3)),
        search=draw(texts),
    )


few = settings(max_examples=15)
locks = st.dictionaries(names, entries(), max_size=3)


def written(path: Path, entries_: Mapping[str, Entry]) -> bytes:
    lock = Lockfile(path)
    for name, entry in entries_.items():
        lock = lock.with_entry(name, entry)
    write_lock(lock)
    return path.read_bytes()


@few
@given(locks)
def test_a_lock_comes_back(tmp_path: Path, made: dict[str, Entry]) -> None:
    written(tmp_path / "promptevo.lock", made)
    assert read_lock(tmp_path / "promptevo.lock").entries == made


@few
@given(locks)
def test_reading_and_writing_keeps_every_byte(tmp_path: Path, made: dict[str, Entry]) -> None:
    before = written(tmp_path / "promptevo.lock", made)
    lock = read_lock(tmp_path / "promptevo.lock")
    assert not write_lock(lock)
    assert written(tmp_path / "promptevo.lock", lock.entries) == before


@few
@given(locks)
def test_the_order_of_entries_does_not_change_the_bytes(
    tmp_path: Path, made: dict[str, Entry]
) -> None:
    before = written(tmp_path / "promptevo.lock", made)
    assert written(tmp_path / "promptevo.lock", dict(reversed(made.items()))) == before


@few
@given(locks, names, entries())
def test_a_new_entry_leaves_the_others_as_they_were(
    tmp_path: Path, made: dict[str, Entry], name: str, entry: Entry
) -> None:
    path = tmp_path / "promptevo.lock"
    written(path, made)
    before = read_lock(path)
    write_lock(before.with_entry(name, entry))
    after = read_lock(path)
    assert after.entries == {**made, name: entry}
    assert {each: after.texts[each] for each in made if each != name} == {
        each: before.texts[each] for each in made if each != name
    }


@few
@given(entries())
def test_the_genome_of_an_entry_is_the_one_that_was_locked(tmp_path: Path, made: Entry) -> None:
    written(tmp_path / "promptevo.lock", {"a": made})
    found = read_lock(tmp_path / "promptevo.lock").entries["a"]
    genome: dict[str, Any] = found.genome
    assert Genome(genome) == Genome(made.genome)
