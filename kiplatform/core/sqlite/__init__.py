"""How every SQLite database of the project is opened: the site's own and scratch ones."""

from typing import Any

OPTIONS: dict[str, Any] = {
    # A writer takes its lock at once, so two writers queue instead of failing midway.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        "PRAGMA mmap_size=1073741824; PRAGMA cache_size=-32000"
    ),
}
