"""Centred cosines between a question and all before it.

Guarantee: the means that are subtracted come from earlier questions only. Languages have means of
their own, pulled to the shipped one, or where none is shipped to the common one, while few of
their questions are known, so that the subject decides and not the language.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ..pool import Floats

Vectors = NDArray[np.float32]
SHRINKAGE = 50
# The means are taken anew when so many more vectors are known; in between they hardly move.
REFRESH = 1.02
# Vectors shorter than this have no direction left.
TINY = 1e-3


class CentredVectors:
    """A growing matrix of unit vectors, compared as if each were centred and normalised.

    Only the raw vectors are kept: (p - m).c = p.c - m.c, and |p - m|^2 = |p|^2 - 2 p.m + |m|^2.
    """

    def __init__(self, size: int, dimension: int, shipped: Mapping[str, Vectors]) -> None:
        """shipped: means by language, shape (dimension,), made from other texts than these."""
        self._shipped = shipped
        self._raw: Vectors = np.zeros((size, dimension), dtype=np.float32)
        self._squares: Floats = np.zeros(size)
        self._norms: Floats = np.zeros(size)
        self._language: NDArray[np.int64] = np.zeros(size, dtype=np.int64)
        self._numbers: dict[str, int] = {}
        self._sums: list[Floats] = []
        self._counts: list[int] = []
        self._means: NDArray[np.float64] = np.zeros((0, dimension))
        self._common: Floats = np.zeros(dimension)
        self._size = 0
        self._refresh_at = 1

    def add(self, vector: Vectors, language: str) -> None:
        """Add the next question's unit vector, shape (dimension,)."""
        number = self._numbers.setdefault(language, len(self._numbers))
        if number == len(self._sums):
            self._sums.append(np.zeros_like(self._common))
            self._counts.append(0)
        self._raw[self._size] = vector
        self._language[self._size] = number
        self._squares[self._size] = vector @ vector
        self._norms[self._size] = _norm(vector - self._mean(language))
        self._sums[number] += vector
        self._counts[number] += 1
        self._size += 1

    def cosines(self, vector: Vectors, language: str) -> Floats:
        """Centred cosine (-1..1) of a unit vector with every question so far."""
        if self._size >= self._refresh_at:
            self._refresh()
            self._refresh_at = max(self._size + 1, int(self._size * REFRESH))
        moved = vector - self._mean(language)
        moved = moved / max(_norm(moved), TINY)
        dots = self._raw[: self._size] @ moved.astype(np.float32)
        shifts = np.array([self._mean(known) @ moved for known in self._numbers])
        norms = self._norms[: self._size]
        moved_dots = dots - shifts[self._language[: self._size]] if len(shifts) else dots
        cosines: Floats = np.where(norms > TINY, moved_dots / np.maximum(norms, TINY), 0.0)
        return cosines

    def _mean(self, language: str) -> Floats:
        """The mean of a language as it was last taken, or what it is pulled to."""
        number = self._numbers.get(language, len(self._means))
        return self._means[number] if number < len(self._means) else self._start(language)

    def _start(self, language: str) -> Floats:
        return np.asarray(self._shipped.get(language, self._common), dtype=np.float64)

    def _refresh(self) -> None:
        self._common = np.sum(self._sums, axis=0) / self._size
        self._means = np.stack(
            [
                (total + SHRINKAGE * self._start(language)) / (count + SHRINKAGE)
                for language, total, count in zip(
                    self._numbers, self._sums, self._counts, strict=True
                )
            ]
        )
        raw, language = self._raw[: self._size], self._language[: self._size]
        along = (raw @ self._means.astype(np.float32).T)[np.arange(self._size), language]
        squares = self._squares[: self._size] - 2 * along
        squares = squares + np.einsum("ij,ij->i", self._means, self._means)[language]
        self._norms[: self._size] = np.sqrt(np.maximum(squares, 0.0))


def _norm(vector: NDArray[np.floating]) -> float:
    return float(np.linalg.norm(vector))
