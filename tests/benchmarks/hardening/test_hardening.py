"""A handful of what the benchmarks of this folder do many times."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from .kills import ANY_MOMENT, Killer, table
from .scene import IN_FLIGHT, Scene
from .together import a_worker_dies, holds, record_and_accept
from .writer import POINTS

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Killer:
    return Killer(tmp_path_factory.mktemp("killer"))


@pytest.mark.parametrize("point", POINTS)
def test_a_process_that_dies_while_it_writes_leaves_all_whole(killer: Killer, point: str) -> None:
    kill = killer.kill(point, 1 + killer.counts[point] // 2)
    assert kill.died
    assert (kill.torn, kill.left, kill.mended) == ((), (), True)
    assert kill.paid_twice <= IN_FLIGHT


def test_a_process_that_dies_anywhere_leaves_all_whole(killer: Killer) -> None:
    kill = killer.kill(ANY_MOMENT, after_s=killer.seconds * 0.8)
    assert kill.holds, kill
    assert killer.claimed_by_the_dead() == []
    assert ANY_MOMENT in table([kill])


def test_what_is_torn_is_found(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.accept()
    assert (scene.torn(), scene.apart(), scene.scratch()) == ([], [], [])
    recorded = tmp_path / "promptevo_recordings" / "alpha.jsonl"
    recorded.write_bytes(recorded.read_bytes()[:-40])
    (tmp_path / ".0123456789abcdef.tmp").touch()
    assert scene.apart() == ["alpha"]
    assert scene.scratch() == [".0123456789abcdef.tmp"]
    scene.lock.write_bytes(scene.lock.read_bytes()[:-40])
    lock, recordings = scene.torn()
    assert "promptevo.lock" in lock
    assert recordings.startswith("recordings of alpha: ")


def test_those_who_record_and_accept_at_once_lose_nothing(tmp_path: Path) -> None:
    result = record_and_accept(tmp_path)
    assert holds(result), result
    assert result.paid_twice == 0


def test_a_worker_that_dies_changes_no_verdict(tmp_path: Path) -> None:
    result, said = a_worker_dies(tmp_path, workers=2, suites=("alpha",))
    assert "failed" in said
    assert holds(result), result
