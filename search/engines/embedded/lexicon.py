"""The words of passages in FTS5 tables, one per slot.

Guarantee: a query is made of quoted terms only, so nothing that a user types is FTS5 syntax; and
the rows that one query reads are bounded, however common its words are.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from django.db import connections

from search.analysis import near_words
from search.analysis.spelling import may_be_mistyped
from search.engines.base import IndexedDocument, LexicalQuery
from search.engines.terms import BIGRAM_WEIGHT, NAME_WEIGHT, TITLE_WEIGHT, TitleTerms

Passages = npt.NDArray[np.int64]

# The weights are those of the columns title, words, bigrams and names.
_SEARCH = (
    "SELECT rowid,"  # noqa: S608 - the parts are constants of this project
    f" -bm25({{fts}}, {TITLE_WEIGHT}, 1.0, {BIGRAM_WEIGHT}, {NAME_WEIGHT}) AS score"
    " FROM {fts} WHERE {fts} MATCH %s"
)
# One byte for each passage from the first allowed one on: looking one up costs the same however
# many are allowed, and it is done before a score is computed.
_ONLY = " AND rowid BETWEEN %s AND %s AND substr(%s, rowid - %s, 1) = x'01'"
_ORDER = " ORDER BY score DESC, rowid LIMIT %s"
_INSERT = "INSERT INTO {fts}(rowid, title, words, bigrams, names) VALUES (%s, %s, %s, %s, %s)"
_DELETE = "DELETE FROM {fts} WHERE rowid = %s"
_CLEAR = "DELETE FROM {fts}"
_MERGE = "INSERT INTO {fts}({fts}, rank) VALUES('merge', %s)"
_ROWIDS = "SELECT rowid FROM {fts}"
_ANY = "SELECT 1 FROM {fts} WHERE {fts} MATCH %s LIMIT 1"
_COMMON = "SELECT term, doc FROM {vocabulary} WHERE doc >= %s"
_TERMS = "SELECT term FROM {vocabulary} WHERE term >= 'a' AND term < '{' LIMIT 200000"
_MOST_ROWS = 4_000
"""Rows that the common terms of one query may have together; the commonest are left out first.
Their inverse document frequency, and so their weight, is the least, and to leave them out loses
little (docs/reference/search-quality.md)."""
_RARE = 64
"""A term of fewer passages is not counted: to ask for its count costs as much as to search it."""
_STALE = 1.5
_MERGED_PAGES = 1000
"""Written by one step of a merge, in about a tenth of a second: others write in between."""


class Lexicon:
    """FTS5 over one database. Terms are prepared in Python, so both engines see the same."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._common: Mapping[str, int] | None = None
        self._vocabulary: frozenset[str] = frozenset()
        self._written: set[str] = set()
        self._known: tuple[str, int] = ("", 0)

    def insert(self, slot: str, documents: Iterable[IndexedDocument]) -> None:
        """Add all passages of documents."""
        rows: list[tuple[int | str, ...]] = []
        for document in documents:
            title = TitleTerms(document.title, document.facets)
            for passage in document.passages:
                found = title.passage(passage.heading, passage.text)
                columns = (found.title, found.words, found.bigrams, found.names)
                rows.append((passage.id, *map(" ".join, columns)))
        with connections[self._using].cursor() as cursor:
            cursor.executemany(_sql(_INSERT, slot), rows)

    def delete(self, slot: str, passages: Sequence[int]) -> None:
        """Take passages out."""
        with connections[self._using].cursor() as cursor:
            cursor.executemany(_sql(_DELETE, slot), [(p,) for p in passages])

    def clear(self, slot: str) -> None:
        """Take everything out of a slot."""
        with connections[self._using].cursor() as cursor:
            cursor.execute(_sql(_CLEAR, slot))

    def merge(self, slot: str) -> None:
        """Put together what many writes left apart, so that a term is read in one place."""
        # FTS5 takes everything into account after a negative number, and has nothing left to do
        # where it changes less than two rows.
        pages, changed = -_MERGED_PAGES, 2
        with connections[self._using].cursor() as cursor:
            while changed >= 2:
                before = connections[self._using].connection.total_changes
                cursor.execute(_sql(_MERGE, slot), [pages])
                changed = connections[self._using].connection.total_changes - before
                pages = _MERGED_PAGES

    def rowids(self, slot: str) -> set[int]:
        """The passages of a slot."""
        with connections[self._using].cursor() as cursor:
            cursor.execute(_sql(_ROWIDS, slot))
            return {row[0] for row in cursor.fetchall()}

    def search(
        self, slot: str, query: LexicalQuery, limit: int, only: Passages | None = None
    ) -> list[tuple[int, float]]:
        """The `limit` best passages and their BM25 scores, best first, ties by passage.

        only: the passages to consider, at least one; None for all.
        """
        match = self._match(slot, query)
        if not match:
            return []
        parameters: list[str | int | bytes] = [match]
        if only is not None:
            first, last = int(only.min()), int(only.max())
            allowed = np.zeros(last - first + 1, np.uint8)
            allowed[only - first] = 1
            parameters += [first, last, allowed.tobytes(), first - 1]
        sql = _SEARCH + (_ONLY if only is not None else "") + _ORDER
        with connections[self._using].cursor() as cursor:
            cursor.execute(_sql(sql, slot), [*parameters, limit])
            found: list[tuple[int, float]] = cursor.fetchall()
            return found

    def spelling(self, slot: str, word: str, size: int) -> list[str]:
        """Known words near an unknown Latin word. size: passages in the slot, to notice growth."""
        self.note_size(slot, size)
        if not may_be_mistyped(word) or self._is_written(slot, word):
            return []
        if not self._vocabulary:
            with connections[self._using].cursor() as cursor:
                cursor.execute(_sql(_TERMS, slot))
                self._vocabulary = frozenset(row[0] for row in cursor.fetchall())
        return near_words(word, self._vocabulary)

    def note_size(self, slot: str, size: int) -> None:
        """Forget what was counted once the slot has become another or has grown by half."""
        known_slot, known_size = self._known
        if slot != known_slot or not known_size / _STALE <= size <= known_size * _STALE:
            self._common, self._vocabulary, self._written = None, frozenset(), set()
            self._known = (slot, size)

    def _is_written(self, slot: str, word: str) -> bool:
        """Whether a passage holds a word; only that one does is remembered, it may come yet."""
        if word in self._frequencies(slot):
            return True
        if word not in self._written and self._any(slot, _quoted(word)):
            self._written.add(word)
        return word in self._written

    def _any(self, slot: str, match: str) -> bool:
        if not match:
            return False
        with connections[self._using].cursor() as cursor:
            cursor.execute(_sql(_ANY, slot), [match])
            return cursor.fetchone() is not None

    def _frequencies(self, slot: str) -> Mapping[str, int]:
        """The common terms and how many passages hold each; one pass over the vocabulary.

        Kept until the slot has grown by half: as a bound of the work they need not be exact.
        """
        common = self._common
        if common is None:
            with connections[self._using].cursor() as cursor:
                cursor.execute(_sql(_COMMON, slot), [_RARE])
                common = self._common = dict(cursor.fetchall())
        return common

    def _match(self, slot: str, query: LexicalQuery) -> str:
        """The query for FTS5: every rare term, and the common ones as far as the bound allows.

        However common, the least common is sought where nothing else of the query is written.
        """
        common = self._frequencies(slot)
        terms = [("{title words}", word) for word in query.words]
        terms += [("{bigrams}", pair) for pair in query.bigrams]
        kept: dict[str, list[str]] = {"{names}": list(query.names)}
        for field, term in terms:
            if term not in common:
                kept.setdefault(field, []).append(term)
        rows = 0
        for count, field, term in sorted((common[t], f, t) for f, t in terms if t in common):
            if rows + count > _MOST_ROWS and (rows or self._any(slot, _either(kept))):
                break
            rows += count
            kept.setdefault(field, []).append(term)
        return _either(kept)


def _either(kept: Mapping[str, Sequence[str]]) -> str:
    """What holds one of the terms, each in its fields, as FTS5 writes it; "" for no terms."""
    return " OR ".join(
        f"{fields} : ({' OR '.join(map(_quoted, terms))})"
        for fields, terms in kept.items()
        if terms
    )


def _quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def _sql(statement: str, slot: str) -> str:
    """A statement for the tables of a slot."""
    return statement.replace("{fts}", f"search_fts_{slot}").replace(
        "{vocabulary}", f"search_vocab_{slot}"
    )
