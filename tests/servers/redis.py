"""A private Redis, reached over loopback on a free port, keeping nothing on disk."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.processes import Process, free_port

HOW = "apt-get install redis-server"


def find_binary() -> str | None:
    """The path of redis-server (or its fork valkey-server), or None."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


@dataclass(frozen=True, slots=True)
class Redis:
    """A running server; `process` stops, kills and restarts it on the same port."""

    port: int
    process: Process

    @property
    def url(self) -> str:
        """The address, as KIP_REDIS_URL takes it."""
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def run_redis() -> Iterator[Redis]:
    """Run a new, empty server until the body ends."""
    binary = find_binary()
    if binary is None:
        raise FileNotFoundError(f"Redis is not installed: {HOW}")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="kip-redis-", ignore_cleanup_errors=True) as name:
        process = Process(
            [
                binary,
                *("--port", str(port), "--bind", "127.0.0.1", "--dir", name),
                *("--save", "", "--appendonly", "no"),
            ],
            log=Path(name) / "redis.log",
            ready=lambda: _says_pong(port),
        )
        process.start()
        try:
            yield Redis(port=port, process=process)
        finally:
            process.stop()


def _says_pong(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as client:
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
    except OSError:
        return False
