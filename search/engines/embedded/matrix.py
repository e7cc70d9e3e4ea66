"""All passages of the live generation in memory, column by column.

Guarantee: a row belongs to one passage from `put` to `remove`; a mask is computed from the very
rows that it is used on (callers hold the engine's lock over both).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from search.centring import LANGUAGES, centred
from search.engines.base import (
    FACET_LANGUAGE,
    FACET_SINCE,
    FACET_VERIFIED,
    DenseQuery,
    LanguageStatistics,
    Scope,
    Scored,
    Vector,
    since,
)
from search.rows import Row
from search.vectors import Int8, largest, scan

Mask = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
_SELECTIVE = 0.25
_LANGUAGE_CODES = {language: code for code, language in enumerate(LANGUAGES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageRow:
    """A passage as it is read from the database.

    language: its class, "zh", "en" or "other"; that of the document stands there. access: the id
    of its access set. updated: seconds since the epoch. vector: int8, times `scale` of length 1.
    """

    passage: int
    document: Row
    language: str
    access: int
    updated: float
    vector: bytes | None
    scale: float


class Codes:
    """Small whole numbers for the values of a column; 0 stands for no value."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def add(self, value: str) -> int:
        return self._codes.setdefault(value, len(self._codes) + 1)

    def get(self, value: str) -> int:
        """The code of a value; -1, which no row has, for an unknown one."""
        return self._codes.get(value, -1)


class Matrix:
    """Rows of int8 vectors and what is needed to filter them."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._vectors = np.zeros((0, dimension), dtype=np.int8)
        self._columns: dict[str, npt.NDArray[Any]] = {
            "passage": np.zeros(0, np.int64),
            "document": np.zeros(0, np.int64),
            "scale": np.zeros(0, np.float32),
            "norm": np.zeros(0, np.float32),
            "language": np.zeros(0, np.int8),
            "kind": np.zeros(0, np.int32),
            "access": np.zeros(0, np.int32),
            "verified": np.zeros(0, np.bool_),
            "updated": np.zeros(0, np.float64),
            "alive": np.zeros(0, np.bool_),
            "embedded": np.zeros(0, np.bool_),
        }
        self._facets: dict[str, npt.NDArray[Any]] = {}
        self._codes: dict[str, Codes] = {}
        self._documents: dict[int, Row] = {}
        self._rows_of: dict[int, list[int]] = {}
        self._row_of: dict[int, int] = {}
        self._free: list[int] = []
        self._end = 0
        self._totals = {x: np.zeros(dimension, np.float64) for x in LANGUAGES}
        self._counts = dict.fromkeys(LANGUAGES, 0)
        self._means: Mapping[str, Vector] | None = None
        self._masked: tuple[Scope, frozenset[int], Mask] | None = None

    def __len__(self) -> int:
        return len(self._row_of)

    def statistics(self) -> dict[str, LanguageStatistics]:
        """Count and sum of the vectors by language."""
        return {
            x: LanguageStatistics(self._counts[x], self._totals[x].astype(np.float32))
            for x in LANGUAGES
        }

    def put(self, rows: Iterable[PassageRow]) -> None:
        """Add passages that are not there."""
        self._masked = None
        for row in rows:
            index = self._free.pop() if self._free else self._next()
            self._set(index, row)
            self._documents[row.document.pk] = row.document
            self._rows_of.setdefault(row.document.pk, []).append(index)
            self._row_of[row.passage] = index

    def remove(self, document: int) -> None:
        """Take out all passages of a document, if there are any."""
        self._masked = None
        self._documents.pop(document, None)
        for index in self._rows_of.pop(document, []):
            self._count(index, -1)
            self._columns["alive"][index] = False
            self._columns["embedded"][index] = False
            del self._row_of[int(self._column("passage")[index])]
            self._free.append(index)

    def mask(self, scope: Scope, allowed: frozenset[int]) -> Mask:
        """Rows that a scope admits. allowed: the access sets that its tokens open.

        The last one is kept until a row changes: a search asks for it once by words and once by
        meaning.
        """
        if self._masked is None or self._masked[:2] != (scope, allowed):
            self._masked = (scope, allowed, self._admitted(scope, allowed))
        return self._masked[2]

    def _admitted(self, scope: Scope, allowed: frozenset[int]) -> Mask:
        mask: Mask = self._view("alive").copy()
        access = self._view("access")
        opened = np.zeros(int(access.max(initial=0)) + 1, dtype=np.bool_)
        codes = [code for code in allowed if code < len(opened)]
        opened[codes] = True
        mask &= opened[access]
        if scope.kinds is not None:
            mask &= np.isin(self._view("kind"), [self._code("kind").get(k) for k in scope.kinds])
        for name, value in scope.facets.items():
            mask &= self._facet_mask(name, value)
        return mask

    def rows(self, passages: Iterable[int]) -> dict[int, int]:
        """Passage -> row, for those that are there."""
        return {p: self._row_of[p] for p in passages if p in self._row_of}

    def documents(self, keys: Iterable[int]) -> dict[int, Row]:
        """Primary key -> document, for those that are there."""
        return {pk: self._documents[pk] for pk in keys if pk in self._documents}

    def passages(self, rows: Mask | Rows) -> Rows:
        """The passages of rows, or of those of a mask."""
        return np.asarray(self._view("passage")[rows])

    def scored(self, rows: Rows, scores: Vector) -> list[Scored]:
        """Rows as hits; shapes (n,) and (n,)."""
        passages, documents = self._view("passage")[rows], self._view("document")[rows]
        languages = map(LANGUAGES.__getitem__, self._view("language")[rows].tolist())
        return list(map(Scored, passages.tolist(), documents.tolist(), scores.tolist(), languages))

    def nearest(self, query: DenseQuery, mask: Mask, limit: int) -> list[Scored]:
        """The best `limit` rows of a mask by centred cosine, best first."""
        self._use(query.means)
        chosen = mask & self._view("embedded")
        count = int(np.count_nonzero(chosen))
        if not count:
            return []
        # The scan rounds the query; the best are scored again without rounding.
        reach = min(2 * limit, count)
        if count < _SELECTIVE * self._end:
            rows = np.flatnonzero(chosen)
            scores = self._centred(self._vectors.take(rows, axis=0), rows, query)
            best = rows[largest(scores, reach)]
        else:
            every = slice(0, self._end)
            scores = self._centred(self._vectors[every], every, query)
            scores[~chosen] = -np.inf
            best = largest(scores, reach)
        exact = self.similarity(query, best)
        order = np.lexsort((self._view("passage")[best], -exact))[:limit]
        return self.scored(best[order], exact[order])

    def similarity(self, query: DenseQuery, rows: Rows) -> Vector:
        """Centred cosine of rows without rounding the query, shape (len(rows),).

        Independent of the means that the scan is set up for, so that a few rows can be compared
        under others.
        """
        vectors = self._vectors[rows].astype(np.float32) * self._view("scale")[rows, None]
        means = np.stack([query.means[x] for x in LANGUAGES])
        moved = centred(vectors, means[self._view("language")[rows]])
        return np.asarray(moved @ query.vector, dtype=np.float32)

    def embedded(self, rows: Rows) -> Rows:
        """Those of the rows that have their vector."""
        return np.asarray(rows[self._view("embedded")[rows]])

    def _centred(self, vectors: Int8, rows: Rows | slice, query: DenseQuery) -> Vector:
        """Centred cosine of `vectors`, which are those of `rows`, with the query rounded."""
        # (v - m) . q / |v - m|, where the scan gives (v / scale) . q
        shift = np.array(
            [float(query.means[x] @ query.vector) for x in LANGUAGES], dtype=np.float32
        )
        moved = scan(vectors, query.vector)
        moved *= self._view("scale")[rows]
        moved -= shift.take(self._view("language")[rows])
        norms = self._view("norm")[rows]
        return np.asarray(np.divide(moved, norms, out=np.zeros_like(moved), where=norms > 1e-6))

    def _use(self, means: Mapping[str, Vector]) -> None:
        """Make the column of |v - mean| agree with `means`; they change seldom."""
        if means is self._means:
            return
        self._means = means
        end, language = self._end, self._view("language")
        scales = self._view("scale")
        squares = np.zeros(end, dtype=np.float32)
        for code, name in enumerate(LANGUAGES):
            rows = np.flatnonzero(language == code)
            if len(rows):
                along = scan(self._vectors[:end], means[name])[rows] * scales[rows]
                length = np.float32(means[name] @ means[name])
                squares[rows] = 1.0 - 2.0 * along + length
        self._columns["norm"][:end] = np.sqrt(np.maximum(squares, 0.0))

    def _set(self, index: int, row: PassageRow) -> None:
        columns, document = self._columns, row.document
        columns["passage"][index] = row.passage
        columns["document"][index] = document.pk
        columns["language"][index] = _LANGUAGE_CODES[row.language]
        columns["kind"][index] = self._code("kind").add(document.kind)
        columns["access"][index] = row.access
        columns["verified"][index] = bool(document.verified_until)
        columns["updated"][index] = row.updated
        columns["alive"][index] = True
        usable = row.vector is not None and len(row.vector) == self.dimension > 0 and row.scale > 0
        columns["embedded"][index] = usable
        columns["scale"][index] = row.scale if usable else 0.0
        self._vectors[index] = np.frombuffer(row.vector, np.int8) if usable and row.vector else 0
        self._set_facets(index, {**document.facets, FACET_LANGUAGE: document.language})
        if usable:
            self._count(index, 1)
            if self._means is not None:
                mean = self._means[row.language]
                columns["norm"][index] = np.linalg.norm(self._restored(index) - mean)

    def _set_facets(self, index: int, facets: Mapping[str, str]) -> None:
        for column in self._facets.values():
            column[index] = 0
        for name, value in facets.items():
            if name not in self._facets:
                self._facets[name] = np.zeros(len(self._vectors), np.int32)
            self._facets[name][index] = self._code("facet:" + name).add(str(value))

    def _facet_mask(self, name: str, value: str) -> Mask:
        if name == FACET_VERIFIED:
            return np.asarray(self._view("verified") == (value == "1"))
        if name == FACET_SINCE:
            start = since(value)
            # A time that cannot be read finds nothing, rather than everything.
            return np.asarray(self._view("updated") >= (start.timestamp() if start else np.inf))
        if name not in self._facets:
            return np.zeros(self._end, dtype=np.bool_)
        return np.asarray(self._facets[name][: self._end] == self._code("facet:" + name).get(value))

    def _count(self, index: int, sign: int) -> None:
        if self._columns["embedded"][index]:
            language = LANGUAGES[int(self._column("language")[index])]
            self._counts[language] += sign
            self._totals[language] += sign * self._restored(index)

    def _restored(self, index: int) -> Vector:
        scale = self._column("scale")[index]
        return np.asarray(self._vectors[index].astype(np.float32) * scale, dtype=np.float32)

    def _next(self) -> int:
        if self._end == len(self._vectors):
            self._grow(max(1024, self._end + self._end // 2))
        self._end += 1
        return self._end - 1

    def _grow(self, capacity: int) -> None:
        more = capacity - len(self._vectors)
        self._vectors = np.concatenate([self._vectors, np.zeros((more, self.dimension), np.int8)])
        columns: dict[str, npt.NDArray[Any]]
        for columns in (self._columns, self._facets):
            for name, column in columns.items():
                columns[name] = np.concatenate([column, np.zeros(more, column.dtype)])

    def _column(self, name: str) -> npt.NDArray[Any]:
        return self._columns[name]

    def _view(self, name: str) -> npt.NDArray[Any]:
        return self._columns[name][: self._end]

    def _code(self, name: str) -> Codes:
        return self._codes.setdefault(name, Codes())
