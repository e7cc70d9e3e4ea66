"""Django's SQLite backend, with connections that outlive the thread that opened them.

Under ASGI each request runs in a thread of its own, and Django closes a connection with its
request. To open one costs more than most pages ask of it: the whole schema is parsed, every
function is registered, and no prepared statement is known. So a connection that is closed in good
order waits here for the next thread, as psycopg's pool does it for PostgreSQL.
"""

import os
import sqlite3
from collections import deque
from pathlib import Path
from typing import Any

from django.db.backends.sqlite3 import base

# Each may keep a cache of pages (`OPTIONS`); more than this many at once are closed after use.
MOST_IDLE = 8

# Which file of which process a connection belongs to: a file may be replaced, a process may fork.
Place = tuple[int, str, int]

_idle: dict[Place, deque[sqlite3.Connection]] = {}


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of one thread; what it is connected with may have served others before."""

    # Where the connection was opened; the settings may name another file when it is closed.
    _opened: Place | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> sqlite3.Connection:
        self._opened = self._place()
        try:
            if self._opened is not None:
                return _idle[self._opened].pop()
        except LookupError:
            pass
        connection: sqlite3.Connection = super().get_new_connection(conn_params)
        return connection

    def _close(self) -> None:
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
