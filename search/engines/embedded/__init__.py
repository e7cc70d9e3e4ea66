"""The embedded engine: SQLite FTS5 and an exact scan over int8 vectors of the same database.

Guarantee: what a transaction committed is found by every process at its next search, and what it
rolled back by none; killing a process at any point leaves nothing to repair.
"""

from search.engines.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
