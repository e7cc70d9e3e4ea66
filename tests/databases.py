"""A real SQLite file for tests in which several threads or processes use the database at once.

Guarantee: the file starts as a copy of the migrated test database, every new connection of this
process uses it inside the block, and afterwards everything is as before. The test database itself
lives in memory, where a reader blocks a writer at once instead of letting it wait.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections


@contextlib.contextmanager
def sqlite_file(path: Path) -> Iterator[Path]:
    """Use a copy of the test database at `path` instead of the one in memory."""
    memory: Any = connections["default"]
    memory.ensure_connection()
    with contextlib.closing(sqlite3.connect(path)) as copy:
        memory.connection.backup(copy)
    settings = connections.settings["default"]
    name, command = settings["NAME"], settings["OPTIONS"]["init_command"]
    # A test that kills processes loses nothing without waiting for the disk.
    settings["NAME"] = str(path)
    settings["OPTIONS"]["init_command"] = command.replace("synchronous=FULL", "synchronous=OFF")
    del connections["default"]
    try:
        yield path
    finally:
        connections["default"].close()
        settings["NAME"], settings["OPTIONS"]["init_command"] = name, command
        connections["default"] = memory


@pytest.fixture
def file_database(django_db_setup: None, django_db_blocker: Any, tmp_path: Path) -> Iterator[Path]:
    """A database of its own for this test, in a file that threads and processes can share."""
    with django_db_blocker.unblock(), sqlite_file(tmp_path / "kiplatform.sqlite3") as path:
        yield path
