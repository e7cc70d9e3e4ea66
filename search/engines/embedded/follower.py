"""Keeping the matrix of a process in step with the database.

Guarantee: after `follow` the matrix shows every change that was committed before the call. A log
that was cut, rolled back or replaced is noticed, and everything is read again.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connections

from search.engines.embedded.matrix import Matrix, PassageRow
from search.models import AccessSet, Generation
from search.rows import ROW, moment, row_of

_BATCH = 400
_COLUMNS = f"""
    SELECT p.id, p.language, d.access_id, d.updated_at, p.vector, p.scale,
           {ROW}
      FROM search_passage p JOIN search_searchdocument d ON d.id = p.document_id
     WHERE p.generation_id = %s
"""  # noqa: S608 - a constant of this project
# In SQL, since every search asks it and building the query takes longer than running it.
_LOG = "SELECT id, at, document_id FROM search_change WHERE id >= %s ORDER BY id"
_LAST = "SELECT id, at FROM search_change ORDER BY id DESC LIMIT 1"


class Follower:
    """The matrix and the access sets of one process over one database."""

    def __init__(self, using: str) -> None:
        self._using = using
        self._seen: tuple[int, str] | None = None
        self._loaded = False
        self._sets_seen = 0
        self._sets_of: dict[str, set[int]] = {}
        self.generation: Generation | None = None
        self.matrix = Matrix(0)

    def follow(self) -> None:
        """Catch up with the change log; one query when nothing has changed."""
        changes = self._changes()
        if changes is None or any(document is None for document in changes):
            self._load()
        elif changes:
            self._reread([document for document in changes if document is not None])

    def opened_by(self, tokens: frozenset[str]) -> frozenset[int]:
        """The access sets that hold one of `tokens`."""
        return frozenset().union(*(self._sets_of.get(token, ()) for token in tokens))

    def _changes(self) -> list[int | None] | None:
        """Documents changed since the last call; None if everything is to be read again."""
        if not self._loaded:
            return None
        with connections[self._using].cursor() as cursor:
            cursor.execute(_LOG, [self._seen[0] if self._seen else 0])
            rows = cursor.fetchall()
        if self._seen is not None:
            # The last line seen must still be there, or the log was cut or rolled back.
            if not rows or rows[0][:2] != self._seen:
                return None
            del rows[0]
        if rows:
            self._seen = rows[-1][:2]
        return list(dict.fromkeys(document for _, _, document in rows))

    def _load(self) -> None:
        with connections[self._using].cursor() as cursor:
            cursor.execute(_LAST)
            last = cursor.fetchone()
        generations = Generation.objects.using(self._using)
        self.generation = generations.filter(state=Generation.State.LIVE).first()
        self.matrix = Matrix(self.generation.dimension if self.generation else 0)
        self._sets_seen, self._sets_of = 0, {}
        self._read_sets()
        if self.generation:
            self.matrix.put(self._rows(_COLUMNS, [self.generation.pk]))
        self._seen, self._loaded = last, True

    def _reread(self, documents: Sequence[int]) -> None:
        self._read_sets()
        if self.generation is None:
            return
        for start in range(0, len(documents), _BATCH):
            batch = documents[start : start + _BATCH]
            marks = ", ".join(["%s"] * len(batch))
            sql = f"{_COLUMNS} AND p.document_id IN ({marks})"
            rows = list(self._rows(sql, [self.generation.pk, *batch]))
            for document in batch:
                self.matrix.remove(document)
            self.matrix.put(rows)

    def _read_sets(self) -> None:
        sets = AccessSet.objects.using(self._using).filter(id__gt=self._sets_seen).order_by("id")
        for pk, tokens in sets.values_list("id", "tokens"):
            self._sets_seen = pk
            for token in tokens:
                self._sets_of.setdefault(token, set()).add(pk)

    def _rows(self, sql: str, parameters: Sequence[int]) -> Iterator[PassageRow]:
        with connections[self._using].cursor() as cursor:
            cursor.execute(sql, parameters)
            while found := cursor.fetchmany(1000):
                for row in found:
                    yield _row(row)


def _row(values: Sequence[Any]) -> PassageRow:
    passage, language, access, updated, vector, scale, *described = values
    return PassageRow(
        passage=passage,
        document=row_of(described),
        language=language,
        access=access,
        updated=moment(updated).timestamp(),
        vector=vector,
        scale=scale,
    )
