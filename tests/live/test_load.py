"""The benchmark of throughput, for a second: nothing is lost or counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from live.load import measure

if TYPE_CHECKING:
    from live.scene import Scene


def test_processes_that_report_as_fast_as_they_can(scene: Scene) -> None:
    found = measure(scene, processes=2, seconds=1.0, rate=0.0)
    assert found["reports"] > 0
    assert (found["database is locked"], found["acknowledged and lost"]) == (0, 0)
    assert found["equals a rebuild"]
