"""BM25 over the questions of a history, growing with it.

Guarantee: a score only knows what was added before. Okapi BM25 as in Robertson and Zaragoza,
"The Probabilistic Relevance Framework: BM25 and Beyond" (2009), with the idf of Lucene,
ln(1 + (N - df + 0.5) / (df + 0.5)).
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping

import numpy as np

from ..pool import Floats

K1 = 1.2
B = 0.75
# Words in more of the questions than this share tell nothing, and cost most.
COMMON = 0.25


class _Postings:
    """For each term, the rows that hold it and how often."""

    def __init__(self) -> None:
        self._rows: dict[str, array[int]] = defaultdict(lambda: array("i"))
        self._counts: dict[str, array[int]] = defaultdict(lambda: array("i"))

    def add(self, row: int, counts: Mapping[str, int]) -> None:
        for term, count in counts.items():
            self._rows[term].append(row)
            self._counts[term].append(count)

    def of(self, term: str) -> tuple[np.ndarray, np.ndarray] | None:
        """Copies of the rows and counts of a term (a view would lock the arrays' growth)."""
        if term not in self._rows:
            return None
        return np.array(self._rows[term]), np.array(self._counts[term], dtype=np.float64)


class QuestionIndex:
    """BM25 of a text against each question asked so far."""

    def __init__(self) -> None:
        self._postings = _Postings()
        self._lengths = array("d")

    def add(self, terms: Counter[str]) -> None:
        """Add the next question."""
        self._postings.add(len(self._lengths), terms)
        self._lengths.append(terms.total())

    def scores(self, terms: Counter[str]) -> Floats:
        """A score for each question so far, divided by the best (0..1)."""
        lengths: Floats = np.array(self._lengths, dtype=np.float64)
        size = len(lengths)
        scores = np.zeros(size)
        if not size:
            return scores
        norm = K1 * (1 - B + B * lengths / max(lengths.mean(), 1e-9))
        for term in terms:
            found = self._postings.of(term)
            if found is None:
                continue
            rows, counts = found
            if len(rows) > max(COMMON * size, 10):
                continue
            idf = np.log(1 + (size - len(rows) + 0.5) / (len(rows) + 0.5))
            scores[rows] += idf * counts * (K1 + 1) / (counts + norm[rows])
        best = scores.max()
        return scores / best if best > 0 else scores
