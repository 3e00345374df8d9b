"""What SQLite has open is not read in a way that makes it lose its locks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_promptevo.state.open_files import OpenFile
from pytest_promptevo.state.sqlite import SqliteState

OTHER = """
import sys
from pathlib import Path
from pytest_promptevo.state.sqlite import SqliteState
store = SqliteState(Path(sys.argv[1]))
store.prepare()
store.switch("orders", "paused")
store.close()
"""


def test_a_process_that_leaves_does_not_delete_the_log_under_another(tmp_path: Path) -> None:
    """What another process commits afterwards would be lost, though it was acknowledged."""
    path = tmp_path / "live.sqlite"
    store = SqliteState(path)
    store.prepare()
    assert store.newest() == 0  # reads the file's head
    subprocess.run([sys.executable, "-c", OTHER, str(path)], check=True)
    store.switch("orders", "off", "ann", "for a test")
    log = path.with_name("live.sqlite-wal")
    assert log.exists()
    fresh = SqliteState(path)
    fresh.prepare()
    with fresh.reading() as session:
        assert session.rows("SELECT mode FROM promptevo_switch") == [("off",)]
    fresh.close()
    store.close()


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_users_of_a_file_share_a_descriptor_until_the_last_one_leaves(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"first bytes")
    before = open_descriptors()
    one, other = OpenFile(path), OpenFile(path)
    assert one.identity == other.identity
    assert open_descriptors() == before + 1
    one.close()
    assert other.head(5) == b"first"
    other.close()
    assert open_descriptors() == before


def test_a_missing_file_is_made_if_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        OpenFile(tmp_path / "file")
    OpenFile(tmp_path / "file", is_new=True).close()
    assert (tmp_path / "file").read_bytes() == b""
