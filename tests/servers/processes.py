"""Start a process, know when it is ready, and end it.

Guarantee: `start()` returns only when the process answers, or raises with the end of its log;
`stop()` returns only when the process and what it started are gone.
"""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

TAIL_BYTES = 4000

# Seconds that a test waits for what must come. Generous: the machine may be busy with other tests.
# A test that waits so long has failed anyway.
PATIENCE = 45.0


class ServerFailed(RuntimeError):
    """A server did not become ready, or a condition did not come true in time."""


def free_port() -> int:
    """A TCP port on loopback that nothing listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def wait_until(
    condition: Callable[[], object], *, what: str, seconds: float = 30.0, pause: float = 0.05
) -> None:
    """Ask `condition` until it is truthy; ServerFailed naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ServerFailed(f"not within {seconds:g} s: {what}")
        time.sleep(pause)


def port_answers(port: int) -> bool:
    """Whether something accepts connections on a loopback port."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def url_answers(url: str) -> bool:
    """Whether a URL answers with a status below 500."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


class Process:
    """One server process in a process group of its own, with its output in a file.

    `ready` is asked until it is truthy; `user` is the account to run as, where root must not.
    The same object can be started again after `stop()` or `kill()`, on the same port and data.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        ready: Callable[[], object],
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        user: str | None = None,
        seconds: float = 60.0,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.command = list(command)
        self.log = log
        self._ready = ready
        self._env = {**os.environ, **(env or {})}
        self._cwd = cwd
        self._user = user
        self._seconds = seconds
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process id of the running server; ServerFailed when it is not running."""
        if self._process is None:
            raise ServerFailed("the process is not running")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def output(self) -> str:
        """Everything that the process has printed so far."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def start(self) -> None:
        """Start and wait until ready; ServerFailed with the end of the log when it is not."""
        self.launch()
        self.wait_ready()

    def launch(self) -> None:
        """Start without waiting, for servers that become ready only together."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._cwd,
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
                start_new_session=True,
            )

    def wait_ready(self) -> None:
        """Wait until the launched process answers; ServerFailed, and it is ended, otherwise."""
        try:
            wait_until(self._is_ready_or_dead, what=self.command[0], seconds=self._seconds)
            if not self.running:
                raise ServerFailed(f"{self.command[0]} ended before it was ready")
        except ServerFailed as error:
            self.kill()
            raise ServerFailed(f"{error}\n{self.output()[-TAIL_BYTES:]}") from None

    def _is_ready_or_dead(self) -> bool:
        return not self.running or bool(self._ready())

    def stop(self, seconds: float = 20.0) -> int | None:
        """End it in its own way, by force after `seconds`; returns the exit status."""
        if self._process is None:
            return None
        if self.running:
            self._process.send_signal(self._stop_signal)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        return self.kill()

    def kill(self) -> int | None:
        """SIGKILL to the process and to everything that it started; returns the exit status."""
        if self._process is None:
            return None
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        status = self._process.wait()
        self._process = None
        return status


@contextmanager
def run_server(
    command: Sequence[str],
    *,
    ready_url: str,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    seconds: float = 60.0,
) -> Iterator[Process]:
    """Run a web server until the body ends; `ready_url` answers when the body begins.

    The body may `kill()` and `start()` it again. Its output is in `log` and `.output()`.
    """
    process = Process(
        command, log=log, ready=lambda: url_answers(ready_url), env=env, cwd=cwd, seconds=seconds
    )
    process.start()
    try:
        yield process
    finally:
        process.stop()
