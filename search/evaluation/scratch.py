"""A scratch index: a SQLite database of its own that is gone afterwards.

Guarantee: the project's own database is not touched.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from kiplatform.core import sqlite

ALIAS = "search-scratch"


@contextmanager
def scratch_database(alias: str = ALIAS, file: Path | None = None) -> Iterator[str]:
    """Yield the alias of a database that holds only search's own tables.

    file: where to keep it, e.g. to be used by several processes; it is then not removed.
    """
    with tempfile.TemporaryDirectory(prefix="kiplatform-search-") as folder:
        connections.settings[alias] = {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(file or Path(folder) / "index.sqlite3"),
            "ATOMIC_REQUESTS": False,
            "AUTOCOMMIT": True,
            "CONN_MAX_AGE": 0,
            "CONN_HEALTH_CHECKS": False,
            "TIME_ZONE": None,
            "USER": "",
            "PASSWORD": "",
            "HOST": "",
            "PORT": "",
            "TEST": {"NAME": None, "MIRROR": None, "CHARSET": None, "COLLATION": None},
            "OPTIONS": sqlite.OPTIONS,
        }
        try:
            executor = MigrationExecutor(connections[alias])
            executor.migrate([n for n in executor.loader.graph.leaf_nodes() if n[0] == "search"])
            yield alias
        finally:
            connections[alias].close()
            del connections[alias]
            del connections.settings[alias]
