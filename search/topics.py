"""How near a query is to anything that a collection holds, language by language.

Guarantee: pure; a collection in one language is judged like one in two.

Passages in the query's own language look nearer than they are, whatever they are about, even with
the language means taken off. Seen apart from the others they tell better which questions are on
another subject; see docs/reference/search-quality.md.
"""

from collections.abc import Sequence
from typing import NamedTuple

NEAREST = 10
_ABSENT = 0.05
"""How much less near the passages of other languages are where a collection has none."""


class Nearness(NamedTuple):
    """Cosines (-1 to 1) under the shipped means: the highest, and the mean of the ten highest.

    own: of passages in the query's language. other: of those in any other.
    """

    own_best: float = 0.0
    own_near: float = 0.0
    other_best: float = 0.0
    other_near: float = 0.0


FAR = Nearness()


def nearness(own: Sequence[float], other: Sequence[float]) -> Nearness:
    """The nearness of a query to passages with these cosines, by language, in any order."""
    if not own and not other:
        return FAR
    best, near = _best(own or other)
    if not other:
        return Nearness(best, near, best - _ABSENT, near - _ABSENT)
    return Nearness(best, near, *_best(other))


def _best(scores: Sequence[float]) -> tuple[float, float]:
    first = sorted(scores, reverse=True)[:NEAREST]
    return first[0], sum(first) / len(first)
