"""What one side of a merge knows to fail stays known, whichever side is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_promptevo.lock import Entry, HeldOut, Lockfile
from pytest_promptevo.lock.entry_text import entry_text
from pytest_promptevo.lock.merged import read_merged
from unit.support import make_candidate, make_entry, with_candidates

if TYPE_CHECKING:
    from pathlib import Path

A, B, OTHER = "aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb", "cccccccccccccccc"


def knowing(repeats: int, **failing: float) -> Entry:
    """Returns an entry that knows what fails of two examples; by `repeats` it is another one."""
    known = HeldOut(ids=["a"], names=["m"], inputs=A, exact=f"{A} {B}", searched=OTHER)
    told = {"a" * 16: failing.get("a"), "b" * 16: failing.get("b"), "c" * 16: failing.get("c")}
    found = {digest: quality for digest, quality in told.items() if quality is not None}
    held_out = known.model_copy(update={"failing": found})
    return make_entry(repeats=repeats, held_out=held_out)


def merged(path: Path, ours: str, theirs: str, base: str | None, takes: int) -> Entry:
    sides = ours if base is None else f"{ours}||||||| base\n{base}"
    path.write_text(
        f"version: 2\nsuites:\n<<<<<<< HEAD\n{sides}=======\n{theirs}>>>>>>> other\n# end of lock\n"
    )
    lock: Lockfile = read_merged(path, lambda _name, entry: entry.repeats == takes)
    return lock.entries["one"]


def failing(entry: Entry) -> dict[str, float]:
    assert entry.held_out is not None
    return dict(entry.held_out.failing)


@pytest.mark.parametrize("base", [None, entry_text("one", knowing(1))])
@pytest.mark.parametrize("takes", [2, 3])
def test_the_worst_of_both_sides_stays(tmp_path: Path, base: str | None, takes: int) -> None:
    ours = entry_text("one", knowing(2, a=0.5, b=0.25))
    theirs = entry_text("one", knowing(3, a=0.0))
    found = merged(tmp_path / "promptevo.lock", ours, theirs, base, takes)
    assert (found.repeats, failing(found)) == (takes, {A: 0.0, B: 0.25})


def test_what_was_not_held_out_from_what_is_taken_is_not_told(tmp_path: Path) -> None:
    ours, theirs = entry_text("one", knowing(2, c=0.0)), entry_text("one", knowing(3, a=0.5))
    found = merged(tmp_path / "promptevo.lock", ours, theirs, None, 3)
    assert failing(found) == {A: 0.5}


def test_the_side_that_was_changed_knows_what_it_was_before(tmp_path: Path) -> None:
    before, after = entry_text("one", knowing(1, a=0.0)), entry_text("one", knowing(2))
    assert failing(merged(tmp_path / "promptevo.lock", before, after, before, 0)) == {}


def test_a_side_that_was_merged_in_part_still_tells_what_fails(tmp_path: Path) -> None:
    ours = entry_text("one", knowing(4, b=0.0)).replace("repeats: 4", "repeats: 2")
    theirs = entry_text("one", knowing(3))
    found = merged(tmp_path / "promptevo.lock", ours, theirs, None, 3)
    assert (found.repeats, failing(found)) == (3, {B: 0.0})
    nothing = ours.replace("    genome:", "    genes:")
    assert failing(merged(tmp_path / "promptevo.lock", nothing, theirs, None, 3)) == {}


def test_so_it_is_with_what_a_candidate_failed(tmp_path: Path) -> None:
    held_out = knowing(1).held_out
    ours = with_candidates(make_candidate(failing={A: 0.0}), held_out=held_out, repeats=2)
    theirs = with_candidates(make_candidate(), held_out=held_out, repeats=3)
    assert ours.proposal is not None
    bare = {"proposal": ours.proposal.model_copy(update={"held_out": None})}
    texts = [entry_text("one", each.model_copy(update=bare)) for each in (ours, theirs)]
    found = merged(tmp_path / "promptevo.lock", texts[0], texts[1], None, 3)
    assert (found.repeats, found.candidates[0].failing) == (3, {A: 0.0})
