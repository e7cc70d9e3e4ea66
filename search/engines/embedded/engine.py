"""The embedded engine's capabilities, put together."""

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
from django.db import DatabaseError, connections

from search.engines.base import (
    DenseQuery,
    EngineUnavailable,
    IndexedDocument,
    LanguageStatistics,
    LexicalQuery,
    Scope,
    Scored,
    Tell,
)
from search.engines.embedded.follower import Follower
from search.engines.embedded.lexicon import Lexicon
from search.engines.embedded.matrix import Mask
from search.results import Text
from search.rows import Row


class EmbeddedEngine:
    """SQLite FTS5 and an exact int8 scan; safe to share among threads."""

    name = "embedded"

    def __init__(self, using: str = "default") -> None:
        if connections[using].vendor != "sqlite":
            raise EngineUnavailable(
                "The embedded engine needs SQLite; with another database set"
                " KIP_SEARCH_ENGINE=elasticsearch."
            )
        self._lexicon = Lexicon(using)
        self._follower = Follower(using)
        # Held over mask and scan, so that a row cannot pass to another document in between.
        self._lock = threading.RLock()

    def catch_up(self) -> None:
        with self._lock:
            self._follower.follow()

    def follow(self) -> None:
        """Nothing: every search catches up by itself, and only processes that search need to."""

    @property
    def notice(self) -> Text:
        return ""

    def lexical(self, query: LexicalQuery, scope: Scope, limit: int) -> list[Scored]:
        if not query:
            return []
        with self._lock:
            matrix, slot = self._follower.matrix, self._slot()
            mask, total = self._mask(scope), len(matrix)
            admitted = np.count_nonzero(mask)
            allowed = None if admitted == total else matrix.passages(mask)
        if not admitted or not slot:
            return []
        self._lexicon.note_size(slot, total)
        try:
            hits = self._lexicon.search(slot, query, limit, allowed)
        except DatabaseError as error:
            raise EngineUnavailable(f"The full-text index cannot be read: {error}") from error
        with self._lock:
            matrix = self._follower.matrix
            rows = matrix.rows(passage for passage, _ in hits)
            scores = np.array([score for passage, score in hits if passage in rows])
            return matrix.scored(np.fromiter(rows.values(), np.int64, len(rows)), scores)

    def spelling(self, words: Sequence[str]) -> list[str]:
        with self._lock:
            slot, size = self._slot(), len(self._follower.matrix)
        if not slot:
            return []
        return [near for word in words for near in self._lexicon.spelling(slot, word, size)]

    def dense(self, query: DenseQuery, scope: Scope, limit: int) -> list[Scored]:
        with self._lock:
            mask = self._mask(scope)
            self._check(query)
            return self._follower.matrix.nearest(query, mask, limit)

    def similarities(self, query: DenseQuery, passages: Sequence[int]) -> dict[int, float]:
        with self._lock:
            self._check(query)
            matrix = self._follower.matrix
            found = matrix.rows(passages)
            rows = matrix.embedded(np.fromiter(found.values(), np.int64, len(found)))
            scores = matrix.similarity(query, rows)
            return dict(zip(matrix.passages(rows).tolist(), scores.tolist(), strict=True))

    def rows(self, documents: Collection[int]) -> dict[int, Row]:
        with self._lock:
            return self._follower.matrix.documents(documents)

    def statistics(self) -> Mapping[str, LanguageStatistics]:
        with self._lock:
            return self._follower.matrix.statistics()

    def write(self, slot: str, documents: Iterable[IndexedDocument]) -> None:
        self._lexicon.insert(slot, documents)

    def erase(self, slot: str, passages: Sequence[int]) -> None:
        self._lexicon.delete(slot, passages)

    def clear(self, slot: str) -> None:
        self._lexicon.clear(slot)

    def stored_passages(self, slot: str) -> set[int]:
        return self._lexicon.rowids(slot)

    def fill(self, slot: str, tell: Tell) -> None:
        """The words were written together with the rows; they are only put in order."""
        self._lexicon.merge(slot)

    def discard(self) -> None:
        """Nothing: all that there is stands in the database."""

    def _mask(self, scope: Scope) -> Mask:
        return self._follower.matrix.mask(scope, self._follower.opened_by(scope.tokens))

    def _slot(self) -> str:
        return self._follower.generation.slot if self._follower.generation else ""

    def _check(self, query: DenseQuery) -> None:
        dimension = self._follower.matrix.dimension
        if dimension and len(query.vector) != dimension:
            raise EngineUnavailable(
                f"The query's vector has {len(query.vector)} dimensions, the index has {dimension}."
            )
