from __future__ import annotations

from pathlib import Path

import pytest

from pytest_promptevo.errors import SettingsError, StateError
from pytest_promptevo.state import opening
from pytest_promptevo.state.network_folder import network_file_system
from pytest_promptevo.state.opening import Place

MOUNTS = r"""
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:44 / /srv/shared\040files rw,relatime shared:9 - nfs4 host:/export rw,vers=4.2
31 22 0:45 / /srv/shared\040files/scratch rw - tmpfs tmpfs rw
32 22 0:46 / /mnt/far rw - fuse.sshfs me@host: rw
not a mount
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mountinfo"
    path.write_text(MOUNTS)
    return path


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv", ""),
        ("/srv/shared files", "nfs4"),
        ("/srv/shared files/a/b", "nfs4"),
        ("/srv/shared files/scratch/c", ""),
        ("/srv/shared filesystem", ""),
        ("/mnt/far/x", "sshfs"),
    ],
)
def test_a_folder_of_another_machine_is_found(mounts: Path, folder: str, kind: str) -> None:
    assert network_file_system(Path(folder), mounts) == kind


@pytest.mark.parametrize("mark", ["\x85", "\u2028", "\x0b", "\x1c"])
def test_a_mount_whose_name_python_takes_for_two_lines_is_found(tmp_path: Path, mark: str) -> None:
    table = tmp_path / "mountinfo"
    table.write_text(f"40 22 0:35 / /srv/a{mark}b rw - nfs4 server:/x rw\n", "utf-8")
    assert network_file_system(Path(f"/srv/a{mark}b/c"), table) == "nfs4"


def test_this_machines_own_folders_are_local(tmp_path: Path) -> None:
    assert network_file_system(tmp_path) == ""
    assert network_file_system(tmp_path, tmp_path / "no such table") == ""


def test_a_sqlite_file_on_a_network_file_system_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "network_file_system", lambda _folder: "nfs4")
    for state in (None, "somewhere.sqlite"):
        with pytest.raises(SettingsError, match=r"network file system \(nfs4\).*PostgreSQL"):
            Place.of(state, tmp_path / "promptevo.lock")


def test_a_store_is_beside_the_lock(tmp_path: Path) -> None:
    place = Place.of(None, tmp_path / "promptevo.lock")
    assert place.address == tmp_path / ".promptevo" / "live.sqlite"
    assert place.spool == tmp_path / ".promptevo" / "live.spool.jsonl"


def test_each_store_has_a_spool_of_its_own(tmp_path: Path) -> None:
    lock = tmp_path / "promptevo.lock"
    states = (None, tmp_path / "a.sqlite", "postgresql://h/a", "postgresql://h/b")
    assert len({Place.of(state, lock).spool for state in states}) == 4


def test_an_address_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="mysql:// is no store"):
        Place.of("mysql://me@host/db", tmp_path / "promptevo.lock")


def test_an_address_that_is_none_is_refused_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    place = Place.of("postgresql://me:s3cret@host/db?what=1", tmp_path / "promptevo.lock")
    with pytest.raises(SettingsError, match="not an address") as caught:
        place.open(1.0)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://user:sec/ret@host/db",
        "postgresql://user:5432/sec@ret/db",
        "postgresql://user:se@cret@host/db",
        "postgresql://user:sec%ret@host/db",
        "postgresql://user:s3cret@host:port/db",
        "postgresql://user:s3cret@host:99999/db",
        "postgresql://user:s3 cret@host/db",
        "postgresql:/user:secret@host/db",
        "postgresql:user:secret@host",
        "postgresql//user:secret@host",
        " postgresql://user:secret@host/db",
        "POSTGRESQL://user:secret@host/db",
        "postgresql+psycopg://user:secret@host/db",
        "host=127.0.0.1 user=u password=secret dbname=d",
        "dbname = d password = secret",
        "mysql//user:secret@host",
        "user:secret@host/db",
        "//user:secret@host/db",
        "//secret@host/db",
        "/user:secret@localhost:5432/db",
        " /user:sec/ret@localhost:5432/db",
        "\\\\user:secret@host",
        '"postgresql://host/db?password=secret"',
        "'postgresql://host/db?password=secret'",
        "\u201cpostgresql://host/db?password=secret\u201d",
        "DATABASE_URL=postgresql://host/db?password=secret",
        "export DATABASE_URL=postgresql://u:secret@host/db",
        "Server=h;Password=secret;",
        "Server=h;Pwd = secret;",
        "PGPASSWORD=secret psql -h h",
        "PGPASSWORD = secret",
        "{host: h, password: secret}",
        '{"host": "h", "password": "secret"}',
        "user/secret@host",
        "secret@host",
        "postgresql://u@h/db?port=secret",
        "postgresql://u@h/db?port=5432&port=secret",
        "postgresql://u@h/db?port=5432%20secret",
    ],
)
def test_an_address_with_a_mistake_is_neither_a_path_nor_repeated(
    tmp_path: Path, address: str
) -> None:
    with pytest.raises(SettingsError, match="percent-encode") as caught:
        Place.of(address, tmp_path / "promptevo.lock")
    said = str(caught.value)
    assert all(part not in said for part in ("sec", "ret", "s3", "127.", "user=u"))


@pytest.mark.parametrize(
    "state",
    [
        "live.sqlite",
        "./a:b@c",
        "../user/a@b",
        "/srv/a:b@c/live.sqlite",
        "/home/me@corp/live.sqlite",
        "C:\\live.sqlite",
        "postgres.db",
        "passage/live.sqlite",
        "/srv/password/live.sqlite",
    ],
)
def test_what_looks_like_no_address_is_a_path(tmp_path: Path, state: str) -> None:
    assert isinstance(Place.of(state, tmp_path / "promptevo.lock").address, Path)


@pytest.mark.parametrize(
    "option", ["sslmode", "connect_timeout", "keepalives", "target_session_attrs"]
)
def test_what_libpq_says_of_an_option_does_not_show_it(tmp_path: Path, option: str) -> None:
    pytest.importorskip("psycopg")
    place = Place.of(f"postgresql://u@127.0.0.1:1/db?{option}=hunter2", tmp_path / "promptevo.lock")
    with pytest.raises(StateError, match="cannot be used") as caught:
        place.open(1.0).prepare()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://",
        "postgres://host",
        "postgresql://me:s%40%2F%25@[::1]:5432/db?sslmode=require",
        "postgresql://me@one:1,two:2/db",
        "postgresql:///db?host=/var/run/postgresql",
        "postgresql://%2Fvar%2Frun/db",
    ],
)
def test_each_form_of_an_address_is_one(tmp_path: Path, address: str) -> None:
    assert Place.of(address, tmp_path / "promptevo.lock").address == address


def test_a_spool_belongs_to_a_database_whoever_connects(tmp_path: Path) -> None:
    lock = tmp_path / "promptevo.lock"
    same = ("://me:old@h/db", "://me:new@h:5432/db", "://you@H/db?sslmode=require")
    spools = {Place.of(f"postgresql{each}", lock).spool for each in same}
    assert len(spools) == 1
    for other in ("://me@h/other", "://me@h:1/db", "://me@g/db", "://me@h/db?host=g"):
        assert Place.of(f"postgresql{other}", lock).spool not in spools


def test_spools_of_other_places_are_found(tmp_path: Path) -> None:
    place = Place.of("postgresql://h/db", tmp_path / "promptevo.lock")
    assert place.other_spools() == []
    place.spool.parent.mkdir()
    for name in (f"{place.spool.name}.ab.part", "old.spool.jsonl.cd.part", "old.spool.jsonl.lock"):
        (place.spool.parent / name).touch()
    assert place.other_spools() == [place.spool.with_name("old.spool.jsonl")]


def test_without_psycopg_there_is_a_hint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    from pytest_promptevo.state import patient_connection

    patient_connection.connection_class.cache_clear()
    monkeypatch.setitem(sys.modules, "psycopg", None)
    place = Place.of("postgresql://host/db", tmp_path / "promptevo.lock")
    with pytest.raises(SettingsError, match=r"pip install 'pytest-promptevo\[postgres\]'"):
        place.open(1.0)


def test_the_environment_says_where_the_store_is_for_whoever_names_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "promptevo.lock"
    monkeypatch.setenv("PROMPTEVO_STATE", "postgresql://host/db")
    assert Place.of(None, lock).address == "postgresql://host/db"
    assert Place.of(tmp_path / "a.sqlite", lock).address == tmp_path / "a.sqlite"
    monkeypatch.setenv("PROMPTEVO_STATE", "")
    assert Place.of(None, lock).address == tmp_path / ".promptevo" / "live.sqlite"


@pytest.mark.parametrize("state", ["", " ", "a\0b", ".", 5, Path("postgresql://ann:secret@h/db")])
def test_what_is_no_path_of_a_file_is_refused(tmp_path, monkeypatch, state):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=r"^state: ") as told:
        Place.of(state, tmp_path / "promptevo.lock")
    assert "secret" not in str(told.value)
