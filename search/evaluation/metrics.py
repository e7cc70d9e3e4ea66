"""The figures of retrieval, by their textbook formulas.

Guarantee: pure; 0 where nothing relevant was found, 1 where everything relevant comes first.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence


def ndcg(ranked: Sequence[str], relevant: Collection[str], depth: int = 10) -> float:
    """Normalised discounted cumulative gain with gains 0 and 1 (Järvelin and Kekäläinen 2002)."""
    gain = sum(
        1.0 / math.log2(place + 1)
        for place, key in enumerate(ranked[:depth], start=1)
        if key in relevant
    )
    ideal = sum(1.0 / math.log2(place + 1) for place in range(1, min(len(relevant), depth) + 1))
    return gain / ideal if ideal else 0.0


def recall(ranked: Sequence[str], relevant: Collection[str], depth: int) -> float:
    """Share of the relevant among the first `depth`."""
    return len(set(ranked[:depth]) & set(relevant)) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], depth: int = 10) -> float:
    """1 / the place of the first relevant one among the first `depth`, else 0."""
    places = (place for place, key in enumerate(ranked[:depth], start=1) if key in relevant)
    return 1.0 / next(places, math.inf)


def auc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Probability that a positive scores higher than a negative, ties half; None without both."""
    if not positives or not negatives:
        return None
    ordered = sorted(negatives)
    wins = sum(bisect_left(ordered, p) + bisect_right(ordered, p) for p in positives) / 2
    return wins / (len(positives) * len(ordered))


def mean(values: Collection[float]) -> float | None:
    """The arithmetic mean; None of nothing."""
    return sum(values) / len(values) if values else None
