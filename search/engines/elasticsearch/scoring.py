"""Centred cosines from the vectors of the database.

Guarantee: only vectors of the live generation are scored, so vectors of two recipes never meet.
"""

from collections.abc import Collection

import numpy as np

from search.centring import LANGUAGES
from search.engines.base import DenseQuery, Scored
from search.models import Generation, Passage

_CODES = {language: code for code, language in enumerate(LANGUAGES)}


def scored(
    using: str, generation: Generation, query: DenseQuery, passages: Collection[int]
) -> list[Scored]:
    """Those of `passages` that have a vector, best first, ties by passage."""
    found = Passage.objects.using(using).filter(
        id__in=passages, generation=generation, vector__isnull=False, scale__gt=0
    )
    columns = found.values_list("id", "document_id", "language", "vector", "scale")
    rows = [
        (passage, document, language, bytes(vector or b""), scale)
        for passage, document, language, vector, scale in columns
    ]
    rows = [row for row in rows if len(row[3]) == generation.dimension]
    if not rows:
        return []
    matrix = np.frombuffer(b"".join(row[3] for row in rows), dtype=np.int8)
    scales = np.array([row[4] for row in rows], dtype=np.float32)
    vectors = matrix.reshape(len(rows), -1).astype(np.float32) * scales[:, None]
    codes = [_CODES[row[2]] for row in rows]
    moved = vectors - np.stack([query.means[language] for language in LANGUAGES])[codes]
    lengths = np.linalg.norm(moved, axis=1)
    products = moved @ query.vector
    cosines = np.divide(products, lengths, out=np.zeros_like(products), where=lengths > 1e-6)
    hits = [
        Scored(row[0], row[1], float(cosine), row[2])
        for row, cosine in zip(rows, cosines, strict=True)
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage))
