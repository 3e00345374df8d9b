from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_promptevo.errors import LockError
from pytest_promptevo.lock import Entry, HeldOut, LockedShot, Lockfile, read_lock, write_lock
from pytest_promptevo.rollout import RolloutSettings
from pytest_promptevo.suite.sections.rollout import RolloutPart
from unit.support import make_candidate, make_entry, with_candidates

if TYPE_CHECKING:
    from pathlib import Path

HELD_OUT = HeldOut(ids=["c"], inputs="0000000a", searched="0000000b")


def written(folder: Path, entry: Entry) -> Path:
    lock = Lockfile(folder / "promptevo.lock").with_entry("orders", entry)
    write_lock(lock)
    return lock.path


def test_candidates_and_rollout_come_back_and_defaults_are_left_out(tmp_path: Path) -> None:
    settings = RolloutSettings(stages=(0.2, 1.0), margin=0.1)
    entry = with_candidates(
        make_candidate(quality={"a": 0.5}, repeats=3), rollout=RolloutPart.of(settings)
    )
    path = written(tmp_path, entry)
    found = read_lock(path).entries["orders"]
    assert found == entry
    assert found.rollout.settings() == settings
    assert entry.plain()["rollout"] == {"stages": [0.2, 1.0], "margin": 0.1}
    assert "reward: {low: -0.2, high: 0.9}" in path.read_text("utf-8")


def test_an_entry_without_candidates_says_nothing_of_them() -> None:
    assert not {"candidates", "proposal", "reward", "rollout"} & set(make_entry().plain())


def test_a_candidate_is_tested_and_served_as_if_it_were_the_locked_genome() -> None:
    shot = LockedShot(id="s", inputs={"message": "1"}, expected="1")
    candidate = make_candidate(shots=[shot], quality={"a": 0.5}, repeats=2)
    entry = with_candidates(make_candidate(), candidate)
    as_genome = entry.as_candidate(2)
    assert as_genome.genome == candidate.genome
    assert (as_genome.shots, as_genome.quality, as_genome.repeats) == ([shot], {"a": 0.5}, 2)
    assert as_genome.recordings == candidate.recordings
    assert as_genome.held_out is not None
    assert as_genome.held_out.ids == ["a", "b"]
    assert as_genome.held_out.after == candidate.held_out.candidate
    assert (as_genome.prompt, as_genome.models) == (entry.prompt, entry.models)
    assert as_genome.candidates == []
    assert entry.as_candidate(0) is entry
    for number in (3, -1):
        with pytest.raises(IndexError):
            entry.as_candidate(number)
    with pytest.raises(IndexError):
        make_entry().as_candidate(1)


def test_candidates_of_the_genomes_own_search_share_what_it_held_out() -> None:
    proposal = with_candidates().proposal
    assert proposal is not None
    entry = with_candidates(
        held_out=HELD_OUT, proposal=proposal.model_copy(update={"held_out": None})
    )
    assert entry.candidates_held_out == HELD_OUT


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (
            {"candidates": [{"genome": {"temperature": "hot", "model": "primary"}}]},
            "candidates.0.genome: temperature must be",
        ),
        ({"candidates": [{"genome": {}, "weight": 1}]}, "unknown key 'weight' in candidates.0"),
        ({"candidates": [{"genome": {"instruction": "x"}}] * 4}, "candidates: List should have"),
        (
            {"proposal": {"strategy": "racing", "seed": -5, "calls": 1}},
            "proposal.seed: should be greater than or equal to 0",
        ),
        ({"proposal": None}, "entry 'orders': candidates need a proposal"),
        ({"rollout": {"control": 1.5}}, "rollout.control: control must be at least 0 and below 1"),
        ({"rollout": {"stages": [0.5, 0.1]}}, "rollout.stages: stages must rise"),
        ({"reward": {"low": 0.5, "high": 0.5}}, "reward: high must be above low"),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(
    tmp_path: Path, damage: dict[str, Any], told: str
) -> None:
    from pytest_promptevo.base import yaml_writer
    from pytest_promptevo.base.canonical import digest

    plain = with_candidates().plain()
    for index, changes in enumerate(damage.get("candidates", ())):
        known = plain["candidates"][0]
        plain["candidates"] = [*plain["candidates"][:index], {**known, **changes}]
    plain |= {name: part for name, part in damage.items() if name != "candidates" and part}
    plain = {name: part for name, part in plain.items() if damage.get(name, part) is not None}
    data = {"version": 2, "suites": {"orders": {**plain, "checksum": digest(plain)}}}
    path = tmp_path / "promptevo.lock"
    path.write_text(yaml_writer.dump(data) + "# end of lock\n", "utf-8")
    with pytest.raises(LockError) as caught:
        read_lock(path)
    assert told in str(caught.value)
    assert caught.value.line is not None
    assert caught.value.line > 2
