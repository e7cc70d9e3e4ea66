"""The mean of past queries per language, learnt while people search.

Guarantee: only sums are kept, so no query can be read back; a process that is killed loses at
most the last few queries from the mean; old queries fade, so no one-off flood shifts it for ever.
"""

import threading
import time
from collections.abc import Mapping

import numpy as np
from django.db import transaction

from search.centring import shrunk_mean
from search.engines.base import LanguageStatistics, Vector
from search.models import QueryStatistics

MOST = 2_000
"""Queries of one language that count; beyond, older ones fade."""
_FLUSH = 16
_REREAD_SECONDS = 60.0


class QueryMeans:
    """The query means of one recipe over one database."""

    def __init__(self, using: str, recipe: str, dimension: int) -> None:
        self._using = using
        self._recipe = recipe
        self._dimension = dimension
        self._lock = threading.Lock()
        self._stored: dict[str, LanguageStatistics] = {}
        self._new: dict[str, tuple[int, Vector]] = {}
        self._read_at = float("-inf")

    def mean(self, language: str, shipped: Mapping[str, Vector]) -> Vector:
        """The shrunk mean of past queries of a language, shape (dimension,)."""
        none = np.zeros(self._dimension, dtype=np.float32)
        with self._lock:
            self._read()
            stored = self._stored.get(language) or LanguageStatistics(0, none)
            count, total = self._new.get(language, (0, none))
        return shrunk_mean(stored.total + total, stored.count + count, shipped.get(language))

    def add(self, language: str, vector: Vector) -> None:
        """Count a query; it is written by the next `flush`, so no search waits for a lock."""
        with self._lock:
            count, total = self._new.get(language, (0, np.zeros(self._dimension, np.float32)))
            self._new[language] = (count + 1, total + vector)

    def flush(self) -> None:
        """Write what was counted; called in the background."""
        with self._lock:
            waiting = {x: new for x, new in self._new.items() if new[0] >= _FLUSH}
        for language, (count, total) in waiting.items():
            stored = self._write(language, count, total)
            with self._lock:
                self._stored[language] = stored
                now_count, now_total = self._new[language]
                self._new[language] = (now_count - count, now_total - total)

    def _read(self) -> None:
        if time.monotonic() - self._read_at < _REREAD_SECONDS:
            return
        self._read_at = time.monotonic()
        rows = QueryStatistics.objects.using(self._using).filter(recipe=self._recipe)
        self._stored = {row.language: _statistics(row) for row in rows}

    def _write(self, language: str, count: int, total: Vector) -> LanguageStatistics:
        with transaction.atomic(using=self._using):
            rows = QueryStatistics.objects.using(self._using).select_for_update()
            row, _ = rows.get_or_create(
                recipe=self._recipe,
                language=language,
                defaults={"total": np.zeros(self._dimension, np.float32).tobytes()},
            )
            old = _statistics(row)
            keep = min(1.0, (MOST - count) / old.count) if old.count else 1.0
            row.count = row.count * keep + count
            row.total = (old.total * keep + total).astype(np.float32).tobytes()
            row.save(using=self._using)
        return _statistics(row)


def _statistics(row: QueryStatistics) -> LanguageStatistics:
    return LanguageStatistics(int(row.count), np.frombuffer(bytes(row.total), dtype=np.float32))
