"""What has to be looked at from time to time because nothing happens: due times, lapses.

Each job must bear being run twice at once, since every worker process runs it.
"""

import dataclasses
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, close_old_connections, connection

from kiplatform.core import clock
from kiplatform.core.trace import trace

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
Job = Callable[[], object]


@dataclasses.dataclass(frozen=True, slots=True)
class Periodic:
    """A job, and how much time may pass between two of its runs."""

    name: str
    every: timedelta
    call: Job


_jobs: dict[str, Periodic] = {}


def periodic(*, name: str, every: timedelta) -> Callable[[Job], Job]:
    """Let the workers call the decorated function at least this often."""

    def register(call: Job) -> Job:
        _jobs[name] = Periodic(name, every, call)
        return call

    return register


def jobs() -> list[Periodic]:
    """Return every job by name."""
    return [job for _, job in sorted(_jobs.items())]


def run_due(last: dict[str, datetime]) -> list[str]:
    """Run the jobs that are due, note in `last` when, and return the names of those that ran.

    A job that fails is logged and runs again when it is next due; the others do not suffer.
    """
    now = clock.now()
    ran = []
    for job in jobs():
        if job.name in last and now - last[job.name] < job.every:
            continue
        last[job.name] = now
        try:
            with trace():
                job.call()
        except Exception:  # One job's fault must not keep the others from running.
            logger.exception("the periodic job %s failed", job.name)
            continue
        ran.append(job.name)
    return ran


class Ticker(threading.Thread):
    """Runs the jobs of a worker process until it is stopped."""

    def __init__(self) -> None:
        super().__init__(name="periodic", daemon=True)
        self._stopping = threading.Event()

    def run(self) -> None:
        last: dict[str, datetime] = {}
        while not self._stopping.wait(TICK_SECONDS):
            try:
                close_old_connections()
                run_due(last)
            except DatabaseError:
                logger.exception("the periodic jobs could not reach the database")
        connection.close()

    def stop(self, timeout: float = 10) -> None:
        """Finish the job under way, then end; waits at most `timeout` seconds."""
        self._stopping.set()
        self.join(timeout)
