"""A private PostgreSQL cluster.

Guarantee: initdb makes a new data folder, the server listens on a free loopback port only, and
nothing of it touches a PostgreSQL that the machine already runs. Started by root it runs as the
user `postgres`, since PostgreSQL refuses root.
"""

import glob
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.processes import Process, free_port

HOW = "apt-get install postgresql"
USER = "postgres"


def find_binaries() -> Path | None:
    """The folder with the newest initdb and postgres of this machine, or None."""
    debian = sorted(
        glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4])
    )
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running cluster; `process` stops, kills and restarts it on the same port and data."""

    port: int
    process: Process
    binaries: Path

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as KIP_DATABASE_URL takes it."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make an empty database and return its address."""
        subprocess.run(
            [
                str(self.binaries / "createdb"),
                *("-h", "127.0.0.1", "-p", str(self.port), "-U", USER, name),
            ],
            check=True,
        )
        return self.url(name)


def _initialise(binaries: Path, data: Path, user: str | None) -> None:
    subprocess.run(
        [
            str(binaries / "initdb"),
            *("--pgdata", str(data), "--username", USER, "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C", "--no-sync"),
        ],
        check=True,
        capture_output=True,
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )


@contextmanager
def run_postgres(*, durable: bool = False) -> Iterator[Postgres]:
    """Run a new cluster until the body ends.

    `durable` keeps fsync on, for tests about what survives; otherwise it is off for speed.
    """
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError(f"PostgreSQL is not installed: {HOW}")
    user = USER if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="kip-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if user:
            shutil.chown(folder, user, user)
        data = folder / "data"
        _initialise(binaries, data, user)
        port = free_port()
        process = Process(
            [
                str(binaries / "postgres"),
                *("-D", str(data), "-p", str(port), "-k", str(folder)),
                *("-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200"),
                *("-c", f"fsync={'on' if durable else 'off'}"),
            ],
            log=folder / "postgres.log",
            ready=lambda: _accepts(binaries, port),
            cwd=folder,
            user=user,
            # SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
            stop_signal=signal.SIGINT,
        )
        process.start()
        try:
            yield Postgres(port=port, process=process, binaries=binaries)
        finally:
            process.stop()


def _accepts(binaries: Path, port: int) -> bool:
    done = subprocess.run(
        [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", USER],
        check=False,
    )
    return done.returncode == 0
