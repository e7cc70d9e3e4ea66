"""Taking the language out of vectors, so that the subject decides and not the language.

Guarantee: a vector without direction left (equal to its mean) becomes zeros, never NaN.

The dense model puts passages of the query's own language first. Subtracting from every vector the
mean of its language and normalising again removes that common part. Means are shrunk towards a
shipped one, so that a small or one-sided collection does not lose its own subject.
"""

from collections.abc import Mapping

import numpy as np

from search.engines.base import LanguageStatistics, Vector

SHRINKAGE = 50.0
"""Weight of the shipped mean, in vectors of the collection's own."""
UNSHIPPED = 5.0
"""Weight of zeros where no mean is shipped: the own mean of a handful of vectors is no language."""

LANGUAGES = ("zh", "en", "other")


def language_class(language: str) -> str:
    """ "zh" for both scripts, "en", or "other" for anything else."""
    return "zh" if language.startswith("zh") else "en" if language.startswith("en") else "other"


def shrunk_mean(total: Vector, count: float, shipped: Vector | None) -> Vector:
    """(n x own mean + 50 x shipped mean) / (n + 50), shape (dimension,).

    total: sum of `count` unit vectors, shape (dimension,).
    shipped: mean to fall back on; None where none is shipped.
    """
    if shipped is None:
        return np.asarray(total / (count + UNSHIPPED), dtype=np.float32)
    return np.asarray((total + SHRINKAGE * shipped) / (count + SHRINKAGE), dtype=np.float32)


def centred(vectors: Vector, mean: Vector | np.float32) -> Vector:
    """Unit vectors minus `mean`, normalised again; shape (dimension,) or (n, dimension)."""
    moved = vectors - mean
    norms = np.linalg.norm(moved, axis=-1, keepdims=True)
    return np.asarray(np.divide(moved, norms, out=np.zeros_like(moved), where=norms > 1e-6))


def document_means(
    statistics: Mapping[str, LanguageStatistics], shipped: Mapping[str, Vector], dimension: int
) -> dict[str, Vector]:
    """Document language -> the mean to subtract, for every language class."""
    none = np.zeros(dimension, dtype=np.float32)
    means = {}
    for language in LANGUAGES:
        own = statistics.get(language) or LanguageStatistics(0, none)
        means[language] = shrunk_mean(own.total, own.count, shipped.get(language))
    return means
