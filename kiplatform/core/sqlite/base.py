"""Django's SQLite backend, with lasting connections and with writers that take turns.

Requests run in several threads, and Django closes a connection with its request. To open one costs
more than most pages ask of it: the whole schema is parsed, every function is registered, and no
prepared statement is known. So a connection that is closed in good order waits here for the next
thread, as psycopg's pool does it for PostgreSQL.

One transaction writes at a time, and each takes the lock when it begins (`OPTIONS`). SQLite lets
the others sleep longer and longer, up to a tenth of a second between two looks, so that under load
the file lies idle while everybody sleeps. The threads of a process therefore queue here, where the
next one is woken at once, and whoever is next looks every two milliseconds whether another process
still writes.
"""

import os
import sqlite3
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base
from django.db.backends.utils import debug_transaction

# Each may keep a cache of pages (`OPTIONS`); more than this many at once are closed after use.
MOST_IDLE = 8
BEGIN = "BEGIN IMMEDIATE"
# Seconds.
BETWEEN_LOOKS = 0.002

# Which file of which process a connection belongs to: a file may be replaced, a process may fork.
Place = tuple[int, str, int]

_idle: dict[Place, deque[sqlite3.Connection]] = {}
_turns: dict[Place, threading.Lock] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of one thread; what it is connected with may have served others before."""

    # Where the connection was opened; the settings may name another file when it is closed.
    _opened: Place | None = None
    # Held from the beginning of a transaction to its end.
    _turn: "threading.Lock | None" = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        self._opened = self._place()
        try:
            if self._opened is not None:
                return _idle[self._opened].pop()
        except LookupError:
            pass
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        return connection

    @property
    def _patience(self) -> float:
        """How many seconds a writer waits for the others."""
        seconds: float = self.settings_dict["OPTIONS"]["timeout"]
        return seconds

    def _start_transaction_under_autocommit(self) -> None:
        until = time.monotonic() + self._patience
        if self._opened is not None:
            turn = _turns.setdefault(self._opened, threading.Lock())
            # Whoever waited in vain asks SQLite all the same, which then says that it is locked.
            if turn.acquire(timeout=self._patience):
                self._turn = turn
        try:
            with self.wrap_database_errors, debug_transaction(self, BEGIN):
                self._begin_by(until)
        except BaseException:
            self._pass_on()
            raise

    def _begin_by(self, until: float) -> None:
        """Begin a transaction as soon as no other process writes; `until` on the monotonic clock.

        :raises sqlite3.OperationalError: another one still writes then.
        """
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            while True:
                last = time.monotonic() >= until
                try:
                    self._begin()
                    return
                except sqlite3.OperationalError as error:
                    if last or not _is_busy(error):
                        raise
                time.sleep(BETWEEN_LOOKS)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {round(self._patience * 1000)}")

    def _begin(self) -> None:
        # Not by a cursor of Django: what it raises holds itself and the cursor in a circle. Freed
        # by the garbage collector in another thread, the cursor waits for this connection there.
        self.connection.execute(BEGIN)

    def _set_autocommit(self, autocommit: bool) -> None:
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if autocommit:
            self._pass_on()

    def _pass_on(self) -> None:
        """Let the next one write: the transaction has ended or never began."""
        turn, self._turn = self._turn, None
        if turn is not None:
            turn.release()

    def _close(self) -> None:
        try:
            self._keep_or_close()
        finally:
            self._pass_on()

    def _keep_or_close(self) -> None:
        orderly = not (self.errors_occurred or self.in_atomic_block)
        if self._opened is not None and orderly and not self.connection.in_transaction:
            waiting = _idle.setdefault(self._opened, deque())
            if len(waiting) < MOST_IDLE:
                waiting.append(self.connection)
                return
        with self.wrap_database_errors:
            self.connection.close()

    def _place(self) -> Place | None:
        """Return what identifies the file, or None where there is none."""
        if self.is_in_memory_db():
            return None
        try:
            file = Path(self.settings_dict["NAME"])
            return os.getpid(), str(file), file.stat().st_ino
        except FileNotFoundError:
            return None


def _is_busy(error: sqlite3.OperationalError) -> bool:
    """Whether others write, or set right what a killed writer left behind."""
    # The extended code holds the primary one in its lowest byte.
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
