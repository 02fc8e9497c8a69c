"""A PostgreSQL server of the tests' own: Debian's, in a folder of its own, on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_USER = "postgres"


def programs() -> Path | None:
    """Return the folder of the newest installed server's programs, None where there is none."""
    folders = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    return max((path.parent for path in folders), key=lambda p: int(p.parent.name), default=None)


def why_not() -> str:
    """Say why no server can be started here, or nothing."""
    if programs() is None:
        return "Debian's postgresql is not installed (apt-get install postgresql)"
    if os.geteuid() == 0 and not any(one.pw_name == _USER for one in pwd.getpwall()):
        return f"PostgreSQL does not run as root, and there is no user {_USER!r}"
    return ""


@contextmanager
def running_server() -> Iterator[str]:
    """Run a server; give the address of its first, empty database."""
    folder = Path(tempfile.mkdtemp(prefix="cotside-postgresql-"))
    as_user = {"user": _USER, "group": _USER, "extra_groups": []} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(folder, _USER, _USER)
    port = _free_port()
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    data = ["-D", str(folder / "data")]

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(programs() / program), *arguments],
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
            **as_user,
        )
        if done.returncode:
            raise AssertionError(f"{program} failed: {done.stdout}")

    try:
        run("initdb", *data, "-A", "trust", "-U", "cotside", "-E", "UTF8", "--no-sync")
        log = str(folder / "log")
        run("pg_ctl", *data, "-w", "-t", "60", "-l", log, "-o", options, "start")
        try:
            yield f"postgresql://cotside@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", *data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str, name: str) -> str:
    """Make an empty database; return its address."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server.rpartition("/")[0] + f"/{name}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
