"""The private folder of the nights, whoever has written what is in it."""

from __future__ import annotations

import pytest

from pytest_promptevo.night.nights import NightFolder


@pytest.fixture
def folder(tmp_path):
    made = NightFolder(tmp_path / "project" / "promptevo.lock")
    made.path.parent.mkdir(parents=True)
    return made


@pytest.mark.parametrize("name", ["night", "night.lock"])
def test_nothing_is_written_through_a_link(folder, tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept")
    target = outside if name == "night" else outside / "kept"
    (folder.path.parent / name).symlink_to(target)
    with pytest.raises(OSError, match="link out of its folder"), folder.alone():
        pass
    assert [path.name for path in outside.iterdir()] == ["kept"]
    assert (outside / "kept").read_text() == "kept"
