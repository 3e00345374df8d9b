"""A real PostgreSQL server on a free loopback port, with a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

HOW = "no PostgreSQL server: run tests/contract/install_postgres.sh"
_SUPERUSER = "promptevo"
_UNPRIVILEGED = ("postgres", "nobody")


def find_programs() -> Path | None:
    """Returns the folder of ``initdb`` and ``postgres``, the newest where there are several."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3])
    )
    return folders[-1].parent if folders else None


class PostgresServer:
    """Starts, stops, freezes and restarts the server; the port stays the same.

    Args:
        programs: Folder of ``initdb`` and ``postgres``.
        fsync: Whether commits wait for the disk; tests need not.
    """

    def __init__(self, programs: Path, *, fsync: bool = False) -> None:
        self._programs = programs
        self._fsync = fsync
        # Not in pytest's folder: that is closed to the user that the server runs as.
        self.folder = Path(tempfile.mkdtemp(prefix="promptevo-postgres-"))
        self._user = _server_user()
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-U", _SUPERUSER, "--auth=trust", "-N", "-D", str(self._data))

    @property
    def address(self) -> str:
        return f"postgresql://{_SUPERUSER}@127.0.0.1:{self.port}/postgres"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def start(self) -> None:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if self._fsync else "off",
            "max_connections": "100",
        }
        told = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self._programs / "postgres", "-D", self._data, *told],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                user=self._user,
                cwd=self.folder,
            )
        self._wait_until_up()

    def stop(self) -> None:
        """Ends the server; connections break."""
        if self._process is not None:
            with suppress(OSError):
                self.thaw()
            self._process.send_signal(signal.SIGINT)  # "fast": sessions are ended
            self._process.wait(30)
            self._process = None

    def freeze(self) -> None:
        """Stops the server and its sessions where they are: they answer nothing any more."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Lets the server go on."""
        self._signal(signal.SIGCONT)

    def remove(self) -> None:
        """Ends the server and removes its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create_database(self, name: str) -> str:
        """Makes an empty database and returns its address."""
        import psycopg

        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.address.removesuffix("postgres") + name

    def _signal(self, number: int) -> None:
        assert self._process is not None
        task = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        for process in (self._process.pid, *map(int, task.read_text().split())):
            with suppress(ProcessLookupError):  # sessions end
                os.kill(process, number)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments],
            capture_output=True,
            text=True,
            user=self._user,
            cwd=self.folder,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-2000:]

    def _wait_until_up(self) -> None:
        import psycopg

        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self.address, connect_timeout=5).close()
            except psycopg.OperationalError:
                assert self._process is not None
                log = (self.folder / "log").read_text(errors="replace")[-2000:]
                assert self._process.poll() is None, log
                assert time.monotonic() < deadline, log
                time.sleep(0.05)
            else:
                return


def _server_user() -> str | None:
    """Returns whom the server runs as: it refuses to run as root."""
    if os.name != "posix" or os.geteuid() != 0:
        return None
    import pwd

    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in _UNPRIVILEGED if name in names)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
